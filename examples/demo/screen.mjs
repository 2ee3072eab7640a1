/** Draws: a block of lines that changes in place on a terminal, plain lines elsewhere. 80 columns are enough. */

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 };

/** A place to draw on. */
export function createScreen(stream) {
  const live = stream.isTTY === true;
  const colored = live && process.env.NO_COLOR === undefined;
  let block = [];

  const paint = (name, text) => (colored ? `\u001b[${CODES[name]}m${text}\u001b[0m` : text);
  const erase = () => {
    if (block.length > 0) stream.write(`\u001b[${block.length}A\u001b[J`);
    block = [];
  };

  return {
    live,
    paint,
    /** A line that stays. */
    say(text = '') {
      const kept = block;
      erase();
      stream.write(`${text}\n`);
      if (kept.length > 0) this.draw(kept);
    },
    /** The lines that change in place; nothing where nothing can. */
    draw(lines) {
      if (!live) return;
      erase();
      stream.write(`${lines.join('\n')}\n`);
      block = lines;
    },
    /** Leaves the last block where it is. */
    keep() {
      block = [];
    },
    clear() {
      if (live) erase();
    },
  };
}

/** `██████████░░░░░░` of so many columns. */
export function bar(fraction, columns) {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * columns);
  return '█'.repeat(full) + '░'.repeat(columns - full);
}

/** `114.4 MB`. */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `1.50 MiB`. */
export function mebibytes(bytes) {
  return `${(bytes / 1_048_576).toFixed(2)} MiB`;
}

/** `114,381,456`. */
export function grouped(number) {
  return number.toLocaleString('en-US');
}

/** `3.2 s`. */
export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}
