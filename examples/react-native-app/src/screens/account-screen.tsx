/** Sign-out. It erases, so it says first what would be lost. */
import { useState } from 'react';
import { StyleSheet, View } from 'react-native';
import { useReelwayState } from '../reels/reelway-provider';
import { sentenceOf } from '../reels/uploads-store';
import { useUploads } from '../reels/use-uploads';
import { Button, Heading, Notice, Quiet } from './ui';

export function AccountScreen({ userId }: { readonly userId: string }) {
  const { signOut } = useReelwayState();
  const unposted = useUploads().filter(({ isOver }) => !isOver).length;
  const [step, setStep] = useState<'idle' | 'asking' | 'leaving'>('idle');
  const [notice, setNotice] = useState<string>();
  const leave = async (): Promise<void> => {
    setStep('leaving');
    try {
      await signOut();
    } catch (error) {
      setNotice(sentenceOf(error));
      setStep('idle');
    }
  };
  return (
    <View style={styles.page}>
      <Heading text="Account" />
      <Quiet text={`Signed in as ${userId}.`} />
      <Notice text={notice} />
      {step === 'asking' ? (
        <>
          <Notice text={`${unposted === 1 ? 'One reel is' : `${unposted} reels are`} not posted yet. Signing out throws them away.`} />
          <Button title="Sign out and throw them away" onPress={leave} />
          <Button title="Stay" quiet onPress={() => setStep('idle')} />
        </>
      ) : (
        <Button title="Sign out" disabled={step === 'leaving'} onPress={() => (unposted > 0 ? setStep('asking') : leave())} />
      )}
    </View>
  );
}

const styles = StyleSheet.create({ page: { padding: 20, gap: 16 } });
