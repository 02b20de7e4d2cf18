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
server.on('error', (error) => console.log('cannot listen:', error.code))
// Closing removes the file; a program that is killed leaves it.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    server.close()
    process.exit()
  })
}
