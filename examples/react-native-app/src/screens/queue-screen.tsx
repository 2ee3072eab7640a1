/** Everything that is on its way, also offline, also of an earlier run of the app. */
import { FlatList, StyleSheet } from 'react-native';
import { useUploads } from '../reels/use-uploads';
import { Heading, Quiet } from './ui';
import { UploadCard } from './upload-card';

export function QueueScreen() {
  const uploads = useUploads();
  return (
    <FlatList
      data={uploads}
      keyExtractor={({ id }) => id}
      renderItem={({ item }) => <UploadCard id={item.id} />}
      ListHeaderComponent={<Heading text="Uploads" />}
      ListEmptyComponent={<Quiet text="Nothing is on its way." />}
      contentContainerStyle={styles.page}
    />
  );
}

const styles = StyleSheet.create({ page: { padding: 20, gap: 12 } });
