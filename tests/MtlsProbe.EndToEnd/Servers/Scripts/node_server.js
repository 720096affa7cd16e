// Node's TLS with and without HTTP above it. Arguments: tls or https, port, certificate, key, authorities.
'use strict';
const { readFileSync } = require('node:fs');

const [kind, port, certificate, key, authorities] = process.argv.slice(2);
const options = {
  cert: readFileSync(certificate),
  key: readFileSync(key),
  ca: readFileSync(authorities),
  requestCert: true,
  rejectUnauthorized: true,
};
const open = new Set();
const server = kind === 'https'
  ? require('node:https').createServer(options, (_request, response) => response.end('welcome\n'))
  : require('node:tls').createServer(options, socket => socket.on('error', () => {}).resume());

server.on('secureConnection', socket => {
  open.add(socket);
  socket.on('close', () => open.delete(socket));
});
server.on('tlsClientError', () => {});
server.listen(Number(port), '127.0.0.1');

// Stops in order: connected clients are told so.
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  for (const socket of open) socket.end();
});
