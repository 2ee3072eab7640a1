/** The feed. The player is handed in: it gets a whole file of the device, the one thing that every phone's player can open. */
import { type ComponentType, useRef } from 'react';
import { FlatList, StyleSheet, Text, useWindowDimensions, View, type ViewToken } from 'react-native';
import type { FeedPhase, ReelView } from '../reels/feed';
import { useFeed } from '../reels/use-feed';
import { Button, COLORS, Notice, ProgressBar, Quiet } from './ui';

/** A player: react-native-video's component fits. */
export type Player = ComponentType<{
  readonly source: { readonly uri: string };
  readonly paused: boolean;
  readonly style?: object;
  readonly repeat?: boolean;
}>;

const PHASES: Readonly<Record<FeedPhase, string | undefined>> = {
  initial: 'Loading the first reel …',
  background: undefined,
  next: 'Looking for more reels …',
  fresh: 'Looking for new reels …',
  idle: undefined,
};

export function ReelsScreen({ player }: { readonly player: Player }) {
  const { view, feed } = useFeed();
  const { height } = useWindowDimensions();
  // FlatList wants the very same function for ever.
  const onViewableItemsChanged = useRef(({ viewableItems }: { viewableItems: ViewToken[] }) => {
    const index = viewableItems[0]?.index;
    if (typeof index === 'number') void feed.show(index);
  });
  return (
    <View style={styles.screen}>
      <Quiet text={PHASES[view.phase]} />
      <Notice text={view.problem} />
      <FlatList
        testID="reels"
        data={view.reels}
        keyExtractor={({ id }) => id}
        pagingEnabled
        windowSize={5}
        refreshing={view.phase === 'fresh'}
        onRefresh={() => void feed.refresh()}
        viewabilityConfig={{ itemVisiblePercentThreshold: 60 }}
        onViewableItemsChanged={onViewableItemsChanged.current}
        renderItem={({ item, index }) => (
          <View style={{ height }}>
            <ReelPage reel={item} isShown={index === view.position} player={player} onRetry={() => feed.retry(item.id)} />
          </View>
        )}
        ListEmptyComponent={view.phase === 'idle' ? <Button title="Load the reels" onPress={() => feed.refresh()} /> : null}
      />
    </View>
  );
}

interface ReelPageProps {
  readonly reel: ReelView;
  readonly isShown: boolean;
  readonly player: Player;
  readonly onRetry: () => unknown;
}

function ReelPage({ reel, isShown, player: PlayerView, onRetry }: ReelPageProps) {
  const { state, title } = reel;
  return (
    <View style={styles.page}>
      {state.stage === 'playable' ? <PlayerView source={state.source} paused={!isShown} repeat style={StyleSheet.absoluteFill} /> : null}
      <Text style={styles.title}>{title}</Text>
      {state.stage === 'loading' || state.stage === 'opened' ? <ProgressBar fraction={state.fraction} label={`Loading ${title}`} /> : null}
      {state.stage === 'failed' ? (
        <>
          <Notice text={state.userMessage} />
          <Button title="Try again" label={`Try again: ${title}`} onPress={onRetry} />
        </>
      ) : null}
    </View>
  );
}

const styles = StyleSheet.create({
  screen: { flex: 1 },
  page: { flex: 1, padding: 20, gap: 12, justifyContent: 'flex-end' },
  title: { color: COLORS.ink, fontSize: 18, fontWeight: '600' },
});
