import { allIn, type CompiledMap, type CrushMap, compileMap, doRule, weightOne } from '../src/index.ts'
import type { TestCase } from './random-map.ts'

/** What `doRule` needs to run cases on a map, with the weight set that crushtool applies. */
export function preparePlacing(map: CrushMap): {
  compiled: CompiledMap
  place: (test: TestCase) => Generator<Int32Array>
} {
  const compiled = compileMap(map, { chooseArgs: 0 })
  const place = function* (test: TestCase): Generator<Int32Array> {
    const weights = allIn(map)
    for (const [device, weight] of test.weights) weights[device] = Math.trunc(weight * weightOne)
    const result = new Int32Array(test.size)
    for (let x = test.minX; x < test.minX + test.count; x += 1) {
      yield result.subarray(0, doRule(compiled, test.rule, x, test.size, weights, result))
    }
  }
  return { compiled, place }
}
