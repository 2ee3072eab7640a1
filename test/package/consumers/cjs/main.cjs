/** An app in CommonJS; and one that has both copies of the package, whose errors are told apart by brand. */
'use strict';
const reelway = require('reelway');
const { scenario } = require('../scenario.cjs');

async function main() {
  await scenario(
    {
      reelway,
      conformance: require('reelway/conformance'),
      fetch: require('reelway/fetch'),
      memory: require('reelway/memory'),
      node: require('reelway/node'),
      testing: require('reelway/testing'),
      upload: require('reelway/upload'),
    },
    'cjs',
  );
  const other = await import('reelway');
  const foreign = new other.ReelwayError('NETWORK');
  if (foreign instanceof reelway.ReelwayError) throw new Error('both formats share a class: the brand is not tried');
  if (!reelway.isReelwayError(foreign)) throw new Error('the brand does not hold between the formats');
  console.log('brand ok');
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
