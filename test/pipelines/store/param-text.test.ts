import { describe, expect, it } from 'vitest'
import { paramText } from '../../../pipelines/store/param-text.ts'
import { useStore } from '../../support/store.ts'

describe('paramText', () => {
  it.each([
    ["it's", "it\\'s"],
    ['a\tb\nc\rd\\e', 'a\\tb\\nc\\rd\\\\e'],
    [null, '\\N'],
    [true, '1'],
    [9_007_199_254_740_993n, '9007199254740993'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [new Date(86_400_250), '0000086400.250'],
    [['a', "b'c", null, true, 1.5], "['a','b\\'c',NULL,TRUE,1.5]"],
    [{ a: [1], b: [] }, "{'a':[1],'b':[]}"],
    [new Map([[1, 'x']]), "{1:'x'}"],
  ])('spells %o', (value, text) => {
    expect(paramText(value)).toBe(text)
  })

  it('refuses what has no text', () => {
    expect(() => paramText(() => 1)).toThrow('a function cannot be a parameter')
  })
})

describe('a parameter', () => {
  const test = useStore()

  it('arrives as it was', async () => {
    const params = {
      texts: ['', "it's", 'tab\tline\nend\r', '\\N', '日本 ✓', '\u0001'],
      numbers: [1, -2.5],
      map: { "k'": ['v\\'] },
      at: new Date('2026-01-01T00:00:00.250Z'),
      yes: true,
    }
    const sql =
      'SELECT {texts:Array(String)} AS texts, {numbers:Array(Float64)} AS numbers, {map:Map(String, Array(String))} AS map, ' +
      "{at:DateTime64(3, 'UTC')} AS at, {yes:Bool} AS yes"
    expect(await test.store.query(sql, params)).toEqual([{ ...params, at: '2026-01-01T00:00:00.250Z' }])
  })
})
