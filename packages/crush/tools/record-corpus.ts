// Records the corpus: seeded random maps, compiled and run by Ceph's crushtool. `node tools/record-corpus.ts`
// (needs crushtool; takes some minutes and gives the same maps every time).
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { formatTextMap } from '../src/index.ts'
import { type CorpusMap, encodeResults, writeCorpus } from '../test/corpus.ts'
import { Crushtool } from '../test/crushtool.ts'
import { Random } from '../test/random.ts'
import { randomCases, randomMap } from '../test/random-map.ts'

const mapCount = 48
const caseCount = 6
const inputCount = 3600

using crushtool = new Crushtool()
const reference = execFileSync('ceph-conf', ['--version'], { encoding: 'utf8' }).trim()
const maps: CorpusMap[] = []
const results: Uint16Array[] = []
let recorded = 0
for (let seed = 1; seed <= mapCount; seed += 1) {
  const random = new Random(seed)
  const map = randomMap(random)
  const text = formatTextMap(map)
  const binarySha256 = createHash('sha256').update(crushtool.compile(text)).digest('hex')
  const cases = randomCases(random, map, caseCount, inputCount)
  for (const test of cases) {
    results.push(encodeResults(test, crushtool.place(test)))
    recorded += test.count
  }
  maps.push({ seed, text, binarySha256, cases })
  console.log(`map ${seed} of ${mapCount}: ${map.devices.length} devices, ${recorded} mappings so far`)
}
writeCorpus({ reference, maps }, results)
