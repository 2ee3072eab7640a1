/** A map of a video's segments, one cell each, in a few lines: what is there, what is coming, and in which order it came. */

const CELLS = { missing: '·', started: '▒', cached: '█' };
const COLUMNS = 73;

/** A map of `count` segments. */
export function createSegmentMap(count) {
  const states = Array.from({ length: count }, () => 'missing');
  const order = [];
  return {
    /** Takes in one event of the fetcher. */
    mark(index, state) {
      if (states[index] === 'cached') return;
      states[index] = state === 'failed' ? 'missing' : state;
      if (state === 'cached') order.push(index);
    },
    here: () => order.length,
    /** The segments in the order in which they came. */
    order: () => order,
    /** The map as lines; `paint` colors a cell by its state. */
    lines(paint = (_state, text) => text) {
      const lines = [];
      for (let start = 0; start < count; start += COLUMNS) lines.push(rowOf(states.slice(start, start + COLUMNS), paint));
      return lines;
    },
  };
}

/** One row; neighbours of one state are painted together. */
function rowOf(states, paint) {
  let row = '';
  for (let at = 0; at < states.length; ) {
    let end = at;
    while (end < states.length && states[end] === states[at]) end += 1;
    row += paint(states[at], CELLS[states[at]].repeat(end - at));
    at = end;
  }
  return row;
}

/** Segments that come at once overtake each other by this much; that is not another order. */
const OVERTAKING = 3;

/** `0–21, 208–218, 22–99`: an order in few words, at most `most` runs of it. */
export function orderInWords(order, most) {
  const runs = [];
  for (const index of order) {
    const last = runs[runs.length - 1];
    if (last !== undefined && index >= last.start - OVERTAKING && index <= last.end + OVERTAKING) {
      last.start = Math.min(last.start, index);
      last.end = Math.max(last.end, index);
    } else runs.push({ start: index, end: index });
  }
  const words = runs.slice(0, most).map(({ start, end }) => (start === end ? `${start}` : `${start}–${end}`));
  return words.join(', ') + (runs.length > most ? ', …' : '');
}
