/** The self-test in a component. */
import { useCallback, useRef, useState } from 'react';
import { reportText, runSelfTest, type SelfTestLine, type SelfTestOptions, type SelfTestReport, type SelfTestTargets } from './self-test';
import { sentenceOf } from './uploads-store';

export interface SelfTest {
  readonly isRunning: boolean;
  /** Tests done so far, ≥ 0. */
  readonly done: number;
  readonly failed: readonly SelfTestLine[];
  readonly report: SelfTestReport | undefined;
  readonly notice: string | undefined;
  run(): Promise<void>;
  send(): Promise<void>;
}

export interface SelfTestTools {
  readonly targets: SelfTestTargets;
  readonly device: SelfTestOptions['device'];
  readonly clock?: SelfTestOptions['clock'];
  /** Opens the system's own sheet. */
  share(text: string): Promise<unknown>;
}

export function useSelfTest({ targets, device, clock, share }: SelfTestTools): SelfTest {
  const [isRunning, setRunning] = useState(false);
  const [lines, setLines] = useState<readonly SelfTestLine[]>([]);
  const [report, setReport] = useState<SelfTestReport>();
  const [notice, setNotice] = useState<string>();
  const isBusy = useRef(false);

  const run = useCallback(async () => {
    if (isBusy.current) return;
    isBusy.current = true;
    setRunning(true);
    setLines([]);
    setReport(undefined);
    setNotice(undefined);
    try {
      const onResult = (line: SelfTestLine): void => setLines((before) => [...before, line]);
      setReport(await runSelfTest(targets, { device, onResult, ...(clock === undefined ? {} : { clock }) }));
    } catch (error) {
      setNotice(sentenceOf(error));
    } finally {
      isBusy.current = false;
      setRunning(false);
    }
  }, [targets, device, clock]);

  const send = useCallback(async () => {
    if (report === undefined) return;
    try {
      await share(reportText(report));
    } catch {
      setNotice('The report could not be shared. Please try again.');
    }
  }, [report, share]);

  return { isRunning, done: lines.length, failed: lines.filter(({ outcome }) => outcome === 'failed'), report, notice, run, send };
}
