// `npm run bench`: the request path, one server beside the others. `npm run bench -- drives`: what drives that come, go, die
// and linger cost. Options are in the files.
const isAboutDrives = process.argv[2] === 'drives'
if (isAboutDrives) process.argv.splice(2, 1)
await import(isAboutDrives ? './drives/run.ts' : './request-path.ts')

export {}
