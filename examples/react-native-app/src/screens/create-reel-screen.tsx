/** Pick, name, post. The upload is durable before this screen says so; whoever leaves it loses nothing. */
import { useState } from 'react';
import { ScrollView, StyleSheet, TextInput } from 'react-native';
import { type CreateReelStep, useCreateReel, type VideoTools } from '../reels/use-create-reel';
import { Button, COLORS, Heading, Notice, Quiet } from './ui';
import { UploadCard } from './upload-card';

export function CreateReelScreen({ tools }: { readonly tools: VideoTools }) {
  const { state, notice, choose, publish, reset } = useCreateReel(tools);
  const [title, setTitle] = useState('');
  const next = (): void => {
    setTitle('');
    reset();
  };
  return (
    <ScrollView contentContainerStyle={styles.page} keyboardShouldPersistTaps="handled">
      <Heading text="New reel" />
      <Notice text={notice} />
      {state.step === 'published' ? (
        <>
          <UploadCard id={state.uploadId} />
          <Quiet text="Your reel goes up by itself. You can use the app, close it, or lose the connection: it goes on where it was." />
          <Button title="Make another one" onPress={next} />
        </>
      ) : (
        <>
          <Quiet text={sentenceFor(state)} />
          <Button
            title={state.step === 'chosen' ? 'Choose another video' : 'Choose a video'}
            quiet={state.step === 'chosen'}
            disabled={state.step === 'preparing' || state.step === 'publishing'}
            onPress={choose}
          />
          <TextInput
            accessibilityLabel="Title of the reel"
            placeholder="Title"
            maxLength={200}
            value={title}
            onChangeText={setTitle}
            style={styles.input}
          />
          <Button title="Post" disabled={state.step !== 'chosen'} onPress={() => publish(title)} />
        </>
      )}
    </ScrollView>
  );
}

function sentenceFor(state: CreateReelStep): string {
  if (state.step === 'chosen') return `${state.video.fileName} is ready.`;
  if (state.step === 'publishing') return 'Taking it into the queue …';
  if (state.step !== 'preparing') return 'Choose a video from this device.';
  return state.fraction === undefined ? 'Preparing the video …' : `Making the video smaller: ${Math.floor(state.fraction * 100)} %`;
}

const styles = StyleSheet.create({
  page: { padding: 20, gap: 16 },
  input: {
    minHeight: 48,
    paddingHorizontal: 12,
    borderWidth: 1,
    borderColor: COLORS.line,
    borderRadius: 12,
    color: COLORS.ink,
    fontSize: 16,
  },
});
