// node scripts/run.mjs <program> [arguments]
//
// Installs and builds what is missing or out of date, then becomes the program. It runs before
// node_modules exist, so it and scripts/launcher/ use nothing but Node. It loads its parts only after
// the version check, so that an old Node says what is wrong instead of failing on syntax.

const OLDEST_NODE = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  console.error(
    `This project needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
  );
  console.error('Get one from https://nodejs.org (26 or 24 is a good choice) and run this again.');
  process.exit(1);
}

import('./launcher/launch.mjs')
  .then(({ launch }) => launch(process.argv.slice(2)))
  .catch((error) => {
    console.error(error.expected ? error.message : error);
    process.exit(1);
  });
