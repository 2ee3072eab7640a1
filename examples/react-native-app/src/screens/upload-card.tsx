/** One upload: what it does, how far it is, and what can be done about it. */
import { StyleSheet, Text, View } from 'react-native';
import type { UploadVerb } from '../reels/uploads-store';
import { useUpload } from '../reels/use-uploads';
import { Button, COLORS, Notice, ProgressBar, Quiet } from './ui';

const WORDS: Readonly<Record<UploadVerb, string>> = { pause: 'Pause', resume: 'Go on', cancel: 'Cancel', retry: 'Try again' };

export function UploadCard({ id }: { readonly id: string }) {
  const { upload, act, notice } = useUpload(id);
  if (upload === undefined) return null;
  const { title, headline, detail, status } = upload;
  return (
    <View style={styles.card}>
      <Text style={styles.title}>{title}</Text>
      <Text accessibilityLiveRegion="polite" style={styles.headline}>
        {headline}
      </Text>
      {status === 'failed' ? <Notice text={detail} /> : detail === undefined ? null : <Quiet text={detail} />}
      {upload.isOver ? null : <ProgressBar fraction={upload.fraction} label={`Upload of ${title}`} segments={upload.segments} />}
      <View style={styles.verbs}>
        {upload.verbs.map((verb) => (
          <Button key={verb} quiet title={WORDS[verb]} label={`${WORDS[verb]}: ${title}`} onPress={() => act(verb)} />
        ))}
      </View>
      <Notice text={notice} />
    </View>
  );
}

const styles = StyleSheet.create({
  card: { gap: 8, padding: 16, borderRadius: 16, borderWidth: 1, borderColor: COLORS.line, backgroundColor: COLORS.paper },
  title: { color: COLORS.ink, fontSize: 17, fontWeight: '600' },
  headline: { color: COLORS.ink, fontSize: 15 },
  verbs: { flexDirection: 'row', flexWrap: 'wrap', gap: 8 },
});
