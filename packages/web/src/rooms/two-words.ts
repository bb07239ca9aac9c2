import { hash } from './hash.ts'

const FIRST =
  'amber ample ancient autumn bright calm candid careful cedar clear copper coral cosy crisp distant drifting early eastern easy even fair fallen fine floating fond gentle glad golden green hidden high hollow honest inner ivory kind late light linen little lively lone low lucky lunar mellow mild mossy narrow new northern odd olden open outer pale patient plain quiet rapid rare ready round rustic sandy secret serene shady silent silver simple sleepy slow small smooth soft solar spare steady still summer sunny swift tall tender tidal tidy velvet violet vivid warm western wild willow winding winter wise woven young'.split(
    ' ',
  )
const SECOND =
  'acre alcove anchor arbor arch atlas attic aviary badge balcony bank barn basin bay beacon bench bluff bough bower bridge brook cabin canal candle canopy canyon cape cavern cellar chapel cliff clock cloud cove creek delta desk dock dome door dune eaves echo ember fern field fjord forest fountain gable gallery garden gate glade glen grove gulf harbor hearth heath hedge hill hive hollow house inlet island isle jetty kettle ladder lagoon lake lamp landing lane lantern lawn ledge library lighthouse loft lookout marsh meadow mill mirror moor nest nook oasis orchard parlor pasture path pavilion pier pine plaza pond porch port prairie quarry quay reef ridge river saddle shelter shore spring stair station steps stone stream summit table tavern terrace thicket tower trail valley veranda village wharf window yard'.split(
    ' ',
  )

/** Two words for a room that has no name, the same for everybody who knows the room: "quiet harbor". */
export function twoWords(room: string): string {
  const first = FIRST[hash(`${room}/first`) % FIRST.length]
  const second = SECOND[hash(`${room}/second`) % SECOND.length]
  return `${first} ${second}`
}
