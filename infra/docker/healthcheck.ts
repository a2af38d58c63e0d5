/** Ends with 0 when `/readyz` answers well on each of the ports given: the image's health check. */
const answers = await Promise.all(
  process.argv.slice(2).map((port) =>
    fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  ),
);
process.exitCode = answers.every(Boolean) ? 0 : 1;
