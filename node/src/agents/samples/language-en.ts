import type { Language } from "./language.ts";
import { wordSet } from "./word-set.ts";

const DETERMINERS =
  "a an the this that these those my your his her its our their some any each every no another such both";

const PREPOSITIONS =
  "about above across after against along amid among around as at before behind below beneath beside besides between " +
  "beyond by despite down during except for from in inside into like near of off on onto out outside over past per " +
  "since through throughout till to toward towards under underneath until unto up upon via with within without";

const STOP_WORDS = `${DETERMINERS} ${PREPOSITIONS}
  i me mine myself you yours yourself yourselves he him himself she hers herself it itself we us ours ourselves they
  them theirs themselves one ones who whom whose which what where when why how whoever whatever whichever wherever
  whenever and but or nor so yet if then else than because although though unless while whereas whether once not
  am is are was were be been being do does did done doing have has had having will would shall should can could may
  might must ought cannot can't won't don't doesn't didn't isn't aren't wasn't weren't hasn't haven't hadn't it's that's
  there here now again ever never always often sometimes usually mostly almost nearly already still even only also too
  very much more most less least many few several enough quite rather really perhaps maybe however therefore thus hence
  moreover furthermore meanwhile otherwise instead indeed else either neither all none nothing something anything
  everything someone anyone everyone nobody somebody anybody everybody other others own same later soon ago away back
  together apart well better best far further just first second third last next two three four five six seven eight
  nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty
  seventy eighty ninety dozen dozens hundred hundreds thousand thousands million millions billion half twice fourth
  fifth sixth seventh eighth ninth tenth eleventh twelfth eighteenth nineteenth twentieth
  say says said saying tell tells told call calls called make makes made making take takes took taken taking give gives
  gave given giving get gets got gotten getting go goes went gone going come comes came coming put puts putting keep
  keeps kept keeping let lets see sees saw seen seeing know knows knew known knowing think thinks thought find finds
  found finding use uses used using show shows showed shown become becomes became becoming begin begins began begun
  turn turns turned want wants wanted need needs needed seem seems seemed look looks looked leave leaves left bring
  brings brought hold holds held set sets stand stands stood run runs ran mean means meant try tries tried ask asks
  asked feel feels felt lie lies lay lain allow allows allowed help helps helped follow follows followed carry carries
  carried happen happens happened remain remains remained appear appears appeared include includes included including
  etc e.g i.e vs`;

/** General in any text; they would be key phrases of every one. */
const VAGUE_WORDS = `cent percent time times year years day days way ways thing things people person man men woman women part parts kind
  kinds sort number numbers place places case cases point points fact facts example examples reason reasons result
  results problem problems question questions answer answers idea ideas word words name names end ends beginning side
  sides form forms lot matter matters sense work works life world hand hands hour hours week weeks month months minute
  minutes morning night evening moment century centuries decade decades age amount level levels rest whole
  good bad great big large small little long short high low old new young early late full empty true real certain sure
  clear different similar important common general particular special possible able likely available various main
  major minor simple hard easy strong weak light-weight free open close closed right wrong ready single double recent
  modern current previous following own top bottom middle section chapter figure table page note document text
  monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
  october november december`;

/** The plural of English nouns, undone (the S-stemmer of Harman, 1991, with "-men" beside it). */
function stem(word: string): string {
  const base = word.endsWith("'s") ? word.slice(0, -2) : word;
  if (base.length < 4) return base;
  if (base.endsWith("ies") && !/[ae]ies$/.test(base)) return `${base.slice(0, -3)}y`;
  if (/(ss|x|ch|sh)es$/.test(base)) return base.slice(0, -2);
  if (base.endsWith("men") && base.length > 4) return `${base.slice(0, -2)}an`;
  if (base.endsWith("s") && !/(ss|us|is)$/.test(base)) return base.slice(0, -1);
  return base;
}

export const english: Language = {
  code: "en",
  stopWords: wordSet(STOP_WORDS),
  vagueWords: wordSet(VAGUE_WORDS),
  nounMarkers: wordSet(`${DETERMINERS} ${PREPOSITIONS} 's`),
  auxiliaries: wordSet("is are was were has have had can could will would should may might must does did"),
  leaningOpeners:
    wordSet(`this that these those it its he his him she her they their them we us and but or nor so yet
    however therefore thus hence then also too moreover furthermore meanwhile otherwise instead indeed still both
    neither either such another other others here there again even only nevertheless nonetheless similarly likewise
    consequently accordingly finally besides afterwards elsewhere later soon conversely third second secondly thirdly
    fourth former latter none each some most many few several one two three four all once eventually now`),
  pronouns: wordSet("he him his she her hers they them their"),
  demonstratives: wordSet("this that these those such it"),
  abbreviations:
    wordSet(`mr mrs ms messrs dr prof st mt gen col maj capt cpt lt sgt adm cmdr rev hon gov sen rep pres
    supt insp fr sr jr e.g i.e cf viz vs approx ca c ft in-lb al et ave blvd rd dept est op cit ibid ed eds trans`),
  numberAbbreviations:
    wordSet(`no nos fig figs eq eqs sec secs ch chap vol vols p pp para art jan feb mar apr jun jul
    aug sep sept oct nov dec ver v`),
  dottedOrdinals: false,
  capitalNouns: false,
  nounsFirst: false,
  apparatus: wordSet(
    "references bibliography notes endnotes footnotes contents index acknowledgements acknowledgments sources license licence",
    ["table of contents", "further reading", "see also", "external links", "works cited"],
  ),
  stem,
  frame: {
    brief: "Brief",
    untitled: "a document without a title",
    words: "words",
    sentences: "sentences",
    sections: "sections",
    quotesNote: "Quotes are the document's own words; the number after a quote is the place of its sentence.",
    about: "It is mainly about",
    and: "and",
    summary: "In short",
    opening: "Opening",
    named: "Among its names are",
    part: "Part",
    check: "Check",
    checked: "Checked against the document",
    quotes: "quotes",
    terms: "terms",
    headings: "headings",
    figures: "figures",
    statements: "other statements",
    found: "Found",
    checkNote:
      "A quote counts as found if it stands in the document word for word; another statement, if its words, names and figures stand there together.",
    closest: "The document's closest sentence",
    thousands: ",",
  },
};
