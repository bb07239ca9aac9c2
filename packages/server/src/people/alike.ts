/**
 * What is taken for a Latin letter: after compatibility forms are undone and marks taken off, so that neither wide nor styled letters nor
 * accents are here. From the data of UTS #39 (confusables.txt): Latin, Greek, Cyrillic, Armenian, Coptic, Cherokee and Lisu; and small
 * capitals. `l` stands for all that is a stroke.
 */
const TAKEN_FOR: Readonly<Record<string, string>> = {
  a: 'аαΑɑᴀᎪꓮ',
  b: 'ЬьВвΒβƄʙᏴꓐꞴ',
  c: 'сϲϹᴄςᏟꓚⲤⲥ',
  d: 'ԁđƌᴅᎠꓓꓒᏧ',
  e: 'еєҽΕεᴇᎬꓰꬲ',
  f: 'ϝſꜰքꓝꞘꞙ',
  g: 'ɡցɢԍᏀᏳꓖᶃ',
  h: 'һНнΗհħʜᎻꓧⲎᏂ',
  j: 'јϳյᴊᎫꓙ',
  k: 'кκΚᴋᏦꓗⲔ',
  l: 'i1|ıɩɪіӏІӀιΙłǀǃʟᏞꓡᎥꓲⲒ',
  m: 'мМΜᴍᎷꓟⲘ',
  n: 'пոռηΝɴꓠⲚ',
  o: '0оοΟσՕօøɵѳөᴏꓳⲞⲟ',
  p: 'рρΡᴘϸþᏢꓑⲢⲣ',
  q: 'ԛզգ',
  r: 'гᴦʀᎡᏒꓣⲅ',
  s: 'ѕՏƽꜱᏚᏕꓢ',
  t: 'тτΤŧᴛᎢꓔⲦ',
  u: 'υսʋᴜцμꓴꞟ',
  v: 'νѵᴠᏙꓦ',
  w: 'ԝѡωաɯшᴡᎳᏔꓪ',
  x: 'хχΧꓫⲬ',
  y: 'уүұγΥყʏᎩᎽꓬⲨɣ',
  z: 'ΖζᴢԶᏃꓜ',
  ae: 'æӕ',
  oe: 'œ',
  ss: 'ß',
}
const LOOKS = new Map(Object.entries(TAKEN_FOR).flatMap(([latin, others]) => Array.from(others, (one) => [one, latin])))
/** Whatever distinguishes no name at a glance: marks on letters, signs and spaces. Vowels of Indic scripts are no such marks. */
const OVERLOOKED = /[^\p{L}\p{N}\p{M}]|\p{Script=Inherited}/gu

/**
 * What a cleaned name looks like: two names that have a look in common can be taken for each other. Usually one; two where capitals look
 * like other letters than their small ones (Η and η).
 */
export function looksOf(name: string): readonly string[] {
  const plain = name.normalize('NFKD')
  const asWritten = lookOf(plain)
  const inSmall = lookOf(plain.toLowerCase())
  return asWritten === inSmall ? [asWritten] : [asWritten, inSmall]
}

function lookOf(text: string): string {
  let look = ''
  for (const letter of text) {
    const small = letter.toLowerCase()
    look += LOOKS.get(letter) ?? LOOKS.get(small) ?? small
  }
  const bare = look.replace(OVERLOOKED, '').replaceAll('rn', 'm').replaceAll('vv', 'w')
  // Of signs alone the name may be.
  return bare === '' ? look : bare
}
