/**
 * Keys that are easily confused with another one, or with something that is no key. Each is an object of its own;
 * beside it the torrent's name.
 */
export const ODD_KEYS = [
  ['a b', 'a b'], ['a+b', 'a+b'], ['a%20b', 'a%20b'], ['a/b', 'b'], ['a%2Fb', 'a%2Fb'], ['a%252Fb', 'a%252Fb'],
  ['a%', 'a%'], ['100%25', '100%25'], ['x//y', 'y'], ['x/y', 'y'], ['/x/y', 'y'], ['//x/y', 'y'], ['x/y/', 'y'],
  ['x/y//', 'y'], ['x/../y', 'y'], ['x/./y', 'y'], ['y', 'y'], ['x/..', 'object'], ['../y', 'y'],
  ['\u00e9.txt', '\u00e9.txt'], ['e\u0301.txt', 'e\u0301.txt'], ['кино/日本 😀.mkv', '日本 😀.mkv'],
  ['say "hi".txt', 'say _hi_.txt'], ["it's.txt", "it's.txt"], ['a&b=c;d,e', 'a&b=c;d,e'], ['a?torrent', 'a_torrent'],
  ['a#b', 'a#b'], ['a\\b', 'a_b'], ['~(!)*', '~(!)_'], ['<tag>', '_tag_'], ['line\nbreak', 'line_break'],
  ['CON.txt', '_CON.txt'], ['-/seed/x', 'x']
] as const
