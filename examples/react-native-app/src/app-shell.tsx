/** The app without its native modules, so that a test can show all of it. */
import { useState } from 'react';
import { StyleSheet, View } from 'react-native';
import type { ReelwayHost } from './reels/host';
import { ReelwayProvider } from './reels/reelway-provider';
import type { VideoTools } from './reels/use-create-reel';
import type { SelfTestTools } from './reels/use-self-test';
import { AccountScreen } from './screens/account-screen';
import { CreateReelScreen } from './screens/create-reel-screen';
import { QueueScreen } from './screens/queue-screen';
import { type Player, ReelsScreen } from './screens/reels-screen';
import { ReelwayGate } from './screens/reelway-gate';
import { SelfTestScreen } from './screens/self-test-screen';
import { SignInScreen } from './screens/sign-in-screen';
import { Button } from './screens/ui';

export interface AppShellProps {
  readonly host: ReelwayHost;
  readonly videoTools: VideoTools;
  readonly player: Player;
  readonly selfTest: SelfTestTools;
  /** Who is signed in already, as the app's own sign-in remembers. */
  readonly initialUserId?: string | undefined;
}

const TABS = ['Reels', 'New', 'Uploads', 'Self-test', 'Account'] as const;
type Tab = (typeof TABS)[number];

export function AppShell({ initialUserId, ...props }: AppShellProps) {
  const [userId, setUserId] = useState(initialUserId);
  return (
    <View style={styles.app}>
      {userId === undefined ? (
        <SignInScreen onSignIn={setUserId} />
      ) : (
        <ReelwayProvider key={userId} host={props.host} userId={userId} onSignedOut={() => setUserId(undefined)}>
          <ReelwayGate>
            <Tabs {...props} userId={userId} />
          </ReelwayGate>
        </ReelwayProvider>
      )}
    </View>
  );
}

function Tabs({ videoTools, player, selfTest, userId }: Omit<AppShellProps, 'initialUserId'> & { readonly userId: string }) {
  const [tab, setTab] = useState<Tab>('Reels');
  return (
    <>
      <View style={styles.screen}>
        {tab === 'Reels' ? <ReelsScreen player={player} /> : null}
        {tab === 'New' ? <CreateReelScreen tools={videoTools} /> : null}
        {tab === 'Uploads' ? <QueueScreen /> : null}
        {tab === 'Self-test' ? <SelfTestScreen tools={selfTest} /> : null}
        {tab === 'Account' ? <AccountScreen userId={userId} /> : null}
      </View>
      <View accessibilityRole="tablist" style={styles.tabs}>
        {TABS.map((name) => (
          <Button key={name} title={name} quiet={name !== tab} onPress={() => setTab(name)} />
        ))}
      </View>
    </>
  );
}

const styles = StyleSheet.create({
  // An app of your own has react-native-safe-area-context for this.
  app: { flex: 1, paddingTop: 48 },
  screen: { flex: 1 },
  tabs: { flexDirection: 'row', flexWrap: 'wrap', gap: 6, padding: 8, justifyContent: 'center' },
});
