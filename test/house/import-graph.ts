/**
 * The import graph of an engine: which of its rooms imports which. A room is a folder or a file directly in the engine's own
 * folder, its index included. Imports of types count as any other. A room's floor is one above the highest that it imports.
 */
import { FLOORS } from '../../.config/rooms.mjs';

/** A module as dependency-cruiser reports it. */
export interface CruisedModule {
  readonly source: string;
  readonly dependencies: readonly { readonly resolved: string }[];
}

/** Room → the rooms that it imports. */
type Imports = ReadonlyMap<string, ReadonlySet<string>>;

/** An engine's rooms and what they import. */
export interface ImportGraph {
  readonly engine: string;
  /** Rooms by floor, the highest floor first. */
  readonly floors: readonly (readonly string[])[];
  readonly roomCount: number;
  readonly arrowCount: number;
  /** Rooms that import each other in a circle, as a path that ends where it begins; absent where there is none. */
  readonly cycle?: readonly string[];
  /** Imports against the table `FLOORS`: of a floor above, or of the same one. */
  readonly upward: readonly string[];
  readonly imports: Imports;
}

/** The import graph of one engine. */
export function importGraph(modules: readonly CruisedModule[], engine: string): ImportGraph {
  const imports = importsOf(modules, engine);
  const cycle = cycleOf(imports);
  const heights = cycle === undefined ? heightsOf(imports) : new Map<string, number>();
  const top = Math.max(0, ...heights.values());
  const floors = Array.from({ length: top }, (_, below) => [...imports.keys()].filter((room) => heights.get(room) === top - below).sort());
  return {
    ...{ engine, imports, floors, roomCount: imports.size },
    arrowCount: [...imports.values()].reduce((sum, others) => sum + others.size, 0),
    ...(cycle === undefined ? {} : { cycle }),
    upward: upwardOf(imports, engine),
  };
}

/** The graph as text: a line for each floor, the highest first. */
export function drawGraph({ engine, floors, roomCount, arrowCount, imports }: ImportGraph): string {
  const rooms = (floor: readonly string[]): string =>
    floor.map((room) => `${room} (${[...(imports.get(room) ?? [])].sort().join(' ') || 'nothing'})`).join(', ');
  const lines = floors.map((floor, below) => `${String(floors.length - below).padStart(3)}  ${rooms(floor)}`);
  return [`${engine}: ${roomCount} rooms on ${floors.length} floors, ${arrowCount} arrows`, ...lines].join('\n');
}

function importsOf(modules: readonly CruisedModule[], engine: string): Imports {
  const prefix = `src/${engine}/`;
  const roomOf = (path: string): string | undefined => (path.startsWith(prefix) ? path.slice(prefix.length).split('/')[0] : undefined);
  const imports = new Map<string, Set<string>>();
  for (const { source, dependencies } of modules) {
    const room = roomOf(source);
    if (room === undefined) continue;
    const others = imports.get(room) ?? new Set();
    imports.set(room, others);
    for (const { resolved } of dependencies) {
      const other = roomOf(resolved);
      if (other !== undefined && other !== room) others.add(other);
    }
  }
  return imports;
}

function cycleOf(imports: Imports): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (room: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(room)) return [...path.slice(path.indexOf(room)), room];
    if (done.has(room)) return undefined;
    for (const other of imports.get(room) ?? []) {
      const found = visit(other, [...path, room]);
      if (found !== undefined) return found;
    }
    done.add(room);
    return undefined;
  };
  for (const room of imports.keys()) {
    const found = visit(room, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function heightsOf(imports: Imports): ReadonlyMap<string, number> {
  const heights = new Map<string, number>();
  const heightOf = (room: string): number => {
    const known = heights.get(room);
    if (known !== undefined) return known;
    const height = 1 + Math.max(0, ...[...(imports.get(room) ?? [])].map(heightOf));
    heights.set(room, height);
    return height;
  };
  for (const room of imports.keys()) heightOf(room);
  return heights;
}

/** The index stands above the table, and the files beside the folders stand on one of its floors. */
function upwardOf(imports: Imports, engine: string): string[] {
  const table: readonly (readonly string[])[] = (FLOORS as { readonly [name: string]: string[][] })[engine] ?? [];
  const depthOf = (room: string): number =>
    room === 'index.ts' ? -1 : table.findIndex((folders) => folders.includes(room.endsWith('.ts') ? '.' : room));
  const isFile = (room: string): boolean => room.endsWith('.ts') && room !== 'index.ts';
  const isUpward = (room: string, other: string): boolean => !(isFile(room) && isFile(other)) && depthOf(other) <= depthOf(room);
  return [...imports].flatMap(([room, others]) =>
    [...others].filter((other) => isUpward(room, other)).map((other) => `${room} -> ${other}`),
  );
}
