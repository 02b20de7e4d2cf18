// Knocks at a port of this machine, says one line, and waits.
const net = require('node:net')

const port = Number(process.argv[2])
const socket = net.connect(port, 'localhost')

socket.on('connect', () => {
  console.log('connected from port', socket.localPort)
  socket.write('anybody there?\n')
})
socket.on('data', (data) => console.log('answer:', data.toString()))
socket.on('error', (error) => console.log(error.code))
