/** The feed of a screen: begins when it is shown, and leaves nothing running when it is left. */
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { Feed, type FeedView } from './feed';
import { useReelway } from './reelway-provider';

export function useFeed(): { readonly view: FeedView; readonly feed: Feed } {
  const { fetcher, host } = useReelway();
  const feed = useMemo(() => {
    const { ports, directories, backend } = host;
    const { fileSystem, conditions } = ports;
    return new Feed({
      fetcher,
      fileSystem,
      directory: directories.player,
      loadPage: (cursor) => backend.feed(cursor),
      ...(conditions === undefined ? {} : { conditions }),
    });
  }, [fetcher, host]);
  useEffect(() => {
    void feed.start();
    return () => {
      void feed.leave();
    };
  }, [feed]);
  return { view: useSyncExternalStore(feed.subscribe, feed.current), feed };
}
