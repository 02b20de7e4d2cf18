// A server at a path instead of a port. Run: node path-server.js app.sock
const net = require('net')
const path = process.argv[2] || 'app.sock'

const server = net.createServer((socket) => {
  console.log('a client connected')
  socket.pipe(socket)
})

server.listen(path, () => {
  console.log('listening at', server.address())
})
process.on('SIGINT', () => {
  server.close(() => process.exit())
})
