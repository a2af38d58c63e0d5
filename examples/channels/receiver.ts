import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

/** Stands in for ntfy on this machine: prints what it is sent. Its argument is its port. */
const port = Number(process.argv[2] ?? 7777);
createServer(async (request, response) => {
  process.stdout.write(`${await text(request)}\n`);
  response.end('{}');
}).listen(port, '127.0.0.1', () => process.stdout.write(`listening on ${port}\n`));
process.once('SIGINT', () => process.exit(0));
