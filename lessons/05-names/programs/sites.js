// One server, one address, two sites. Run: node sites.js 3000
const http = require('http')
const port = Number(process.argv[2] || 3000)
const pages = {
  'shop.localhost': 'Apples, bread and cheese\n',
  'blog.localhost': 'What we baked today\n',
}

const server = http.createServer((request, response) => {
  const [name] = (request.headers.host || '').split(':')
  const page = pages[name]
  response.statusCode = page ? 200 : 421
  response.setHeader('Content-Type', 'text/plain')
  response.end(page || 'No site of that name here\n')
})

server.listen(port, 'localhost', () => {
  console.log('listening:', server.address())
})
server.on('error', (error) => console.log('cannot listen:', error.code))
