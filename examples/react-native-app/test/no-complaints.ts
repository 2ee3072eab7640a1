/** What React complains of on the console is a failure of the test, and not a line that nobody reads. */

/** FlatList draws what is off the screen on a timer of its own, which belongs to no test. */
const isOfFlatList = (text: string): boolean => text.includes('not wrapped in act') && text.includes('VirtualizedList');

const complaints: string[] = [];

for (const kind of ['error', 'warn'] as const) {
  console[kind] = (...words: unknown[]) => {
    const text = words.map(String).join(' ');
    if (!isOfFlatList(text)) complaints.push(text);
  };
}

afterEach(() => {
  expect(complaints.splice(0)).toEqual([]);
});
