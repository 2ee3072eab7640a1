/** What is seen until the engines run, or why they do not. */
import type { ReactNode } from 'react';
import { StyleSheet, View } from 'react-native';
import { useReelwayState } from '../reels/reelway-provider';
import { Button, Notice, Quiet } from './ui';

export function ReelwayGate({ children }: { readonly children: ReactNode }) {
  const { state, tryAgain } = useReelwayState();
  if (state.status === 'ready') return children;
  return (
    <View style={styles.page}>
      {state.status === 'starting' ? (
        <Quiet text="Starting …" />
      ) : (
        <>
          <Notice text={state.userMessage} />
          <Button title="Try again" onPress={tryAgain} />
        </>
      )}
    </View>
  );
}

const styles = StyleSheet.create({ page: { flex: 1, padding: 20, gap: 16, justifyContent: 'center' } });
