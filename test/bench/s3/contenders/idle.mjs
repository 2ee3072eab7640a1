/** Nothing at all: what a process of Node's holds before it does anything. */
export async function prepare() {
  return { run: async () => ({}) };
}
