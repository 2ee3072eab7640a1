/** A screen as an app has it: posts a video through the engine that it is given, and shows how far it is. */
import { useState } from 'react';
import { Pressable, Text, View } from 'react-native';
import { isReelwayError } from 'reelway';

export function UploadScreen({ engine, path }) {
  const [text, setText] = useState('Nothing to send');
  const post = async () => {
    try {
      const upload = await engine.add(path, { title: 'Sunset' });
      upload.on('progress', ({ fraction }) => setText(`${Math.floor(fraction * 100)} %`));
      upload.on('retry', () => setText('Trying again'));
      const manifest = await upload.completed();
      setText(`Posted in ${manifest.segmentCount} parts`);
    } catch (error) {
      setText(isReelwayError(error) ? error.userMessage : 'Something went wrong');
    }
  };
  return (
    <View>
      <Pressable accessibilityRole="button" onPress={() => void post()}>
        <Text>Post</Text>
      </Pressable>
      <Text>{text}</Text>
    </View>
  );
}
