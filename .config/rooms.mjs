/**
 * Who may import whom: two tables, from which dependency-cruiser's rules are generated.
 *
 * `npm run rooms` holds the tree to them; test/house/rooms.test.ts plants one violation of each rule and sees it caught.
 */

/**
 * Room → what it may import besides itself, each by its index. `index` is the public door. A room is a folder of `src`,
 * or `adapters/<name>`.
 */
export const MAY = {
  errors: [],
  core: ['errors'],
  ports: ['core', 'errors'],
  // Apart from `internal`, so that adapters load nothing else with it.
  abort: ['errors', 'ports'],
  internal: ['errors', 'ports', 'core', 'abort'],
  'adapter-kit': ['errors', 'core', 'ports', 'abort'],
  transfer: ['errors', 'core', 'ports', 'internal'],
  media: ['errors', 'core', 'ports', 'internal'],
  packaging: ['errors', 'core', 'ports', 'internal', 'media'],
  upload: ['errors', 'core', 'ports', 'internal', 'transfer', 'packaging'],
  fetch: ['errors', 'core', 'ports', 'internal', 'transfer'],
  conformance: ['core', 'ports', 'errors'],
  index: ['errors', 'core', 'ports', 'upload', 'fetch'],
  // `errors` by its own door, so that the test ports do not load both engines.
  testing: ['errors', 'index', 'upload', 'fetch', 'conformance', 'adapters/memory'],
  cli: ['index', 'upload', 'fetch', 'adapters/*'],
  'adapters/*': ['ports', 'errors', 'core', 'adapter-kit'],
  // The one room that puts siblings together: all ports of a phone in one line.
  'adapters/react-native': [
    ...['ports', 'errors', 'core', 'adapter-kit'],
    ...['rnfs', 'blob-util', 'expo', 'async-storage', 'mmkv', 'firebase'].map((name) => `adapters/${name}`),
  ],
};

/**
 * The floors of each engine, the highest first: a folder imports only from floors below its own. `.` is the files beside the
 * folders; the engine's index may import everything. Folders on one floor do not import each other.
 */
export const FLOORS = {
  upload: [['engine'], ['queue'], ['run'], ['manifest'], ['segments'], ['source'], ['.'], ['journal']],
  fetch: [['engine'], ['combine'], ['read'], ['schedule'], ['download'], ['video'], ['cache', 'plan'], ['.']],
};

/** Folders of an engine that are entered by their index only. */
export const CLOSED = ['upload/journal', 'fetch/cache'];

/** npm package → the rooms that may import it; a package that is not here is imported nowhere in `src` and `adapters`. */
export const MAY_NPM = {
  zod: ['core'],
  'p-queue': ['upload', 'fetch', 'internal'],
  eventemitter3: ['internal'],
  memfs: ['adapters/memory'],
  'proper-lockfile': ['adapters/node'],
  commander: ['cli'],
  'cli-progress': ['cli'],
};

/** Rooms that run in Node only. */
export const MAY_NODE = ['cli', 'adapters/node'];

/** The pattern of all files of a room. */
function filesOf(room) {
  if (room === 'index') return '^src/index\\.ts$';
  if (room === 'adapters/*') return '^adapters/(?!react-native/)[^/]+/';
  return room.startsWith('adapters/') ? `^${room}/` : `^src/${room}/`;
}

/** The pattern of the files by which others enter a room. */
function doorOf(room) {
  if (room === 'index') return '^src/index\\.ts$';
  if (room === 'adapters/*') return '^adapters/[^/]+/index\\.ts$';
  return `${filesOf(room)}index\\.ts$`;
}

function roomRule([room, may]) {
  // `$1` is the adapter's own folder: an adapter sees itself, never a sibling.
  const own = room === 'adapters/*' ? '^adapters/$1/' : filesOf(room);
  return {
    name: `room-${room === 'adapters/*' ? 'adapters' : room.replace('/', '-')}`,
    comment: `${room} may import ${may.length === 0 ? 'nothing' : may.join(', ')}, each by its index.`,
    severity: 'error',
    from: { path: room === 'adapters/*' ? '^adapters/(?!react-native/)([^/]+)/' : filesOf(room) },
    to: { path: '^(src|adapters|test|examples|dist|\\.config)/', pathNot: [own, ...may.map(doorOf)] },
  };
}

/** The pattern of the files of a folder inside an engine. */
function folderOf(engine, folder) {
  return folder === '.' ? `^src/${engine}/(?!index\\.ts$)[^/]+\\.ts$` : `^src/${engine}/${folder}/`;
}

/** One rule for each folder inside an engine. */
function floorRules([engine, floors]) {
  const open = (folder) => `${folderOf(engine, folder)}${CLOSED.includes(`${engine}/${folder}`) ? 'index\\.ts$' : ''}`;
  const rules = floors.flatMap((floor, level) => {
    const below = floors.slice(level + 1).flat();
    return floor.map((folder) => ({
      name: `floor-${engine}-${folder === '.' ? 'root' : folder}`,
      comment: `src/${engine}/${folder} may import ${below.join(', ') || 'nothing'} of its engine: floors below its own.`,
      severity: 'error',
      from: { path: folderOf(engine, folder) },
      to: { path: `^src/${engine}/`, pathNot: [folderOf(engine, folder), ...below.map(open)] },
    }));
  });
  return rules;
}

function npmRule([name, rooms]) {
  return {
    name: `npm-${name}`,
    comment: `${name} belongs to ${rooms.join(', ')}.`,
    severity: 'error',
    from: { path: '^(src|adapters)/', pathNot: rooms.map(filesOf) },
    to: { path: `(^|/)node_modules/(@types/)?${name}/` },
  };
}

const rooms = Object.keys(MAY);
const listed = Object.keys(MAY_NPM).join('|');

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(MAY).map(roomRule),
    ...Object.entries(FLOORS).flatMap(floorRules),
    ...Object.entries(MAY_NPM).map(npmRule),
    {
      name: 'npm-unlisted',
      comment: 'Only the packages of MAY_NPM; everything else is handed in by the app.',
      severity: 'error',
      from: { path: '^(src|adapters)/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'],
        pathNot: `(^|/)node_modules/(@types/)?(${listed})/`,
      },
    },
    {
      name: 'node-builtin',
      comment: `Node's own modules only in ${MAY_NODE.join(' and ')}: everything else runs on phones and in browsers.`,
      severity: 'error',
      from: { path: '^(src|adapters)/', pathNot: MAY_NODE.map(filesOf) },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'ports-are-types',
      comment: 'A port is a type: nothing of it exists at run time.',
      severity: 'error',
      from: { path: '^(src|adapters)/', pathNot: '^src/ports/' },
      to: { path: '^src/ports/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'ports-import-types',
      comment: 'Ports import types only, so they stay types.',
      severity: 'error',
      from: { path: '^src/ports/' },
      to: { pathNot: '^src/ports/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-cycle',
      comment: 'No cycles, not even of types.',
      severity: 'error',
      from: { path: '^(src|adapters)/' },
      to: { circular: true },
    },
    {
      name: 'known-room',
      comment: 'Every file of src and adapters belongs to a room of the table.',
      severity: 'error',
      from: { path: '^(src|adapters)/', pathNot: rooms.map(filesOf) },
      to: {},
    },
    {
      name: 'known-floor',
      comment: 'Every folder of an engine stands on a floor of the table.',
      severity: 'error',
      from: {
        path: `^src/(${Object.keys(FLOORS).join('|')})/[^/]+/`,
        pathNot: Object.entries(FLOORS).flatMap(([engine, floors]) => floors.flat().map((folder) => folderOf(engine, folder))),
      },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: { path: '^(src|adapters)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.js', '.d.ts', '.json'],
    },
  },
};
