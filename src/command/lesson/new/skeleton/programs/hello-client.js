// Says hello to a server on this machine, shows its answer, and ends.
const net = require('node:net');

const port = Number(process.argv[2]);
const socket = net.connect(port, 'localhost');

socket.on('connect', () => socket.write('hello\n'));
socket.on('data', (chunk) => {
  console.log('answer:', chunk.toString());
  socket.end();
});
socket.on('error', (error) => console.error(error.message));
