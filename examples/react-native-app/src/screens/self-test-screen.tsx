/** Runs the adapters' contracts on this device, and hands the report to whoever should read it. */
import { ScrollView, StyleSheet, Text } from 'react-native';
import { journeyInWords } from '../reels/self-test';
import { type SelfTestTools, useSelfTest } from '../reels/use-self-test';
import { Button, COLORS, Heading, Notice, Quiet } from './ui';

export function SelfTestScreen({ tools }: { readonly tools: SelfTestTools }) {
  const { isRunning, done, failed, report, notice, run, send } = useSelfTest(tools);
  const hasPassed = failed.length === 0 && report?.journey.problem === undefined;
  return (
    <ScrollView contentContainerStyle={styles.page}>
      <Heading text="Self-test" />
      <Quiet text="Tries whether files, records and bucket of this device keep their promises. It takes some minutes and about 10 MB; nothing of yours is touched." />
      <Button title={isRunning ? 'Testing …' : 'Start the test'} disabled={isRunning} onPress={run} />
      {isRunning ? <Quiet text={`${done} tests done`} /> : null}
      <Notice text={notice} />
      {report === undefined ? null : (
        <>
          <Text accessibilityLiveRegion="polite" style={styles.verdict}>
            {hasPassed ? `All ${done} tests passed.` : `${failed.length} of ${done} tests failed.`}
          </Text>
          <Quiet text={`A video of the test's own: ${journeyInWords(report.journey)}.`} />
          <Button title="Share the report" onPress={send} />
        </>
      )}
      {failed.map(({ port, clause, name, message }) => (
        <Text key={`${port} ${name}`} selectable style={styles.failure}>{`${port}: ${message ?? clause ?? name}`}</Text>
      ))}
    </ScrollView>
  );
}

const styles = StyleSheet.create({
  page: { padding: 20, gap: 16 },
  verdict: { color: COLORS.ink, fontSize: 17, fontWeight: '600' },
  failure: { color: COLORS.warning, fontSize: 13 },
});
