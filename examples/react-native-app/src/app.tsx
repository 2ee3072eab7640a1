/** The app with its native modules. */
import { Platform, Share } from 'react-native';
import Video from 'react-native-video';
import { AppShell } from './app-shell';
import { host, selfTestTargets } from './native/host';
import { videoTools } from './native/video-tools';
import type { SelfTestTools } from './reels/use-self-test';
import type { Player } from './screens/reels-screen';

const { major, minor, patch } = Platform.constants.reactNativeVersion;

const selfTest: SelfTestTools = {
  targets: selfTestTargets,
  device: { os: `${Platform.OS} ${Platform.Version}`, reactNative: `${major}.${minor}.${patch}` },
  share: (message) => Share.share({ message, title: 'Reelway self-test' }),
};

const player: Player = (props) => <Video {...props} resizeMode="cover" />;

export function App() {
  return <AppShell host={host} videoTools={videoTools} player={player} selfTest={selfTest} />;
}
