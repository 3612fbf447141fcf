// `npm run bench`: the request path, one server beside the others. `npm run bench -- drives`: what drives that come, go, die
// and linger cost. `npm run bench -- delivery`: in front of upstreams, well and failing. Options are in the files.
const parts = { drives: './drives/run.ts', delivery: './delivery/run.ts' } as const
const part = parts[process.argv[2] as keyof typeof parts]
if (part !== undefined) process.argv.splice(2, 1)
await import(part ?? './request-path.ts')

export {}
