// An HTTP server with one page.
const http = require('node:http')
const port = Number(process.argv[2] ?? 3000)

const server = http.createServer((request, response) => {
  console.log('request made:', request.method, request.url)
  response.statusCode = 200
  response.setHeader('Content-Type', 'text/plain')
  response.end('Hello, World!\n')
})

server.on('error', (error) => console.log('cannot listen:', error.code))
server.listen(port, 'localhost', () => {
  console.log('listening on port', port)
})
