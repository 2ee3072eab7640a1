/**
 * Picking and posters by libraries of the app's choice. To make videos smaller first, add
 * `compress: (path, onProgress) => Video.compress(path, {}, onProgress)` of react-native-compressor.
 */
import { createThumbnail } from 'react-native-create-thumbnail';
import { launchImageLibrary } from 'react-native-image-picker';
import type { PickedVideo, VideoTools } from '../reels/use-create-reel';

export const videoTools: VideoTools = {
  pick: async () => {
    // `current`: the picker must not make another copy of a large file, nor load it into memory.
    const { assets } = await launchImageLibrary({ mediaType: 'video', selectionLimit: 1, assetRepresentationMode: 'current' });
    const asset = assets?.[0];
    if (asset?.uri === undefined) return undefined;
    return pickedVideo(asset.uri, asset.fileName, asset);
  },
  makePoster: async (path) => {
    const { path: poster } = await createThumbnail({ url: path.startsWith('/') ? `file://${path}` : path, format: 'jpeg', maxWidth: 720 });
    return poster;
  },
};

interface Measures {
  readonly duration?: number;
  readonly width?: number;
  readonly height?: number;
}

function pickedVideo(uri: string, fileName: string | undefined, { duration, width, height }: Measures): PickedVideo {
  return {
    uri,
    fileName: fileName ?? 'video.mp4',
    ...(duration === undefined ? {} : { durationSeconds: duration }),
    ...(width === undefined || height === undefined ? {} : { width, height }),
  };
}
