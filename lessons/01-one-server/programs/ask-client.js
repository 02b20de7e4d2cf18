// A TCP client that asks once. It ends when an answer has come.
const net = require('node:net')
const port = Number(process.argv[2] ?? 3000)

const socket = net.connect(port, 'localhost', () => {
  socket.write('hello\n')
})
socket.on('data', (data) => {
  console.log('answer:', data.toString())
  socket.end()
})
socket.on('close', () => console.log('closed'))
socket.on('error', (error) => console.log(error.code))
