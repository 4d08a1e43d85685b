import type { Language } from "./language.ts";
import { wordSet } from "./word-set.ts";

const DETERMINERS = `el la los las un una unos unas este esta estos estas ese esa esos esas aquel aquella aquellos aquellas mi
  mis tu tus su sus nuestro nuestra nuestros nuestras cada todo toda todos todas otro otra otros otras algún alguna
  algunos algunas ningún ninguna ambos ambas cualquier`;

const PREPOSITIONS = `a al ante bajo con contra de del desde durante en entre hacia hasta mediante para por según sin sobre
  tras`;

const STOP_WORDS = `${DETERMINERS} ${PREPOSITIONS}
  yo me mí tú te ti él ella ello ellos ellas le les lo se sí nos nosotros os usted ustedes quien quienes que qué cual
  cuales cuál cuáles cuyo cuya cuyos cuyas donde dónde cuando cuándo como cómo cuanto cuánto y e o u ni pero sino aunque
  porque pues si mientras luego así entonces también tampoco no nunca jamás nada nadie algo alguien
  soy eres es somos son era eras eran fue fueron sido ser sea sean sería serían siendo estoy está están estaba estaban
  estuvo estar esté estén he has ha hemos han había habían hubo haber haya hayan habría tengo tiene tienen tenía tenían
  tuvo tuvieron tener puede pueden podía podían pudo pudieron poder podría podrían debe deben debía debían deber debería
  hace hacen hacía hacían hizo hicieron hacer hecho va van iba iban ir ido dice dicen decía dijo dijeron decir dicho da
  dan daba dio dieron dar dado ve ven vio vieron ver visto sabe saben sabía saber quiere quieren quería querer llega
  llegan llegó llegar pone ponen puso poner queda quedan quedó quedar sigue siguen siguió parece parecen deja dejan dejó
  lleva llevan llevó viene vienen vino hay sale salen suele suelen
  aquí ahí allí acá allá hoy ayer mañana ahora antes después siempre casi ya aún todavía muy más menos mucho mucha muchos
  muchas poco poca pocos pocas tan tanto tanta tantos tantas bastante demasiado apenas sólo solo solamente incluso quizá
  quizás embargo obstante además mismo misma mismos mismas tal tales propio propia propios propias bien mal mejor peor
  uno dos tres cuatro cinco seis siete ocho nueve diez cien mil millones primer primero primera segundo segunda tercero
  tercera último última otra vez veces cerca lejos dentro fuera encima debajo detrás alrededor junto`;

const VAGUE_WORDS = `tiempo tiempos año años día días modo manera forma formas cosa cosas persona personas gente hombre hombres
  mujer mujeres parte partes tipo número lugar lugares caso casos punto hecho ejemplo ejemplos razón razones resultado
  problema problemas pregunta respuesta idea palabra palabras nombre final fin principio lado lados trabajo vida mundo
  mano manos hora horas semana semanas mes meses minuto minutos noche tarde momento siglo siglos década décadas metro
  metros kilómetro kilómetros resto sección capítulo figura tabla página texto documento
  gran grande grandes pequeño pequeña pequeños pequeñas largo larga alto alta bajo baja nuevo nueva nuevos nuevas viejo
  vieja bueno buena buenos buenas cierto cierta lunes martes miércoles jueves viernes sábado domingo enero febrero marzo
  abril mayo junio julio agosto septiembre octubre noviembre diciembre`;

/** The plural of Spanish nouns and adjectives, undone. */
function stem(word: string): string {
  if (word.length < 5) return word;
  if (word.endsWith("ces")) return `${word.slice(0, -3)}z`;
  if (/[^aeiouáéíóú]es$/.test(word)) return word.slice(0, -2);
  return /[aeiouáéíóú]s$/.test(word) ? word.slice(0, -1) : word;
}

export const spanish: Language = {
  code: "es",
  stopWords: wordSet(STOP_WORDS),
  vagueWords: wordSet(VAGUE_WORDS),
  nounMarkers: wordSet(`${DETERMINERS} ${PREPOSITIONS}`),
  auxiliaries: wordSet(
    "es son era eran fue fueron está están estaba ha han había tiene tienen tenía puede pueden podía debe deben",
  ),
  leaningOpeners:
    wordSet(`este esta esto estos estas ese esa eso esos esas aquel aquella aquello él ella ellos ellas su sus y e
    o u ni pero sino así entonces también tampoco además luego después por-eso sin-embargo ambos ambas otro otra otros
    otras tal tales lo le les allí ahí aquí incluso solo sólo mientras finalmente nosotros algunos algunas muchos muchas
    pues aun`),
  pronouns: wordSet("él ella ellos ellas su sus"),
  demonstratives: wordSet("este esta estos estas ese esa esos esas esto eso aquel aquella tal tales"),
  abbreviations:
    wordSet(`sr sra srta dr dra prof lic ing ud uds vd vds d dña sto sta av avda c/ ee.uu p.ej ej aprox cía
    gral tel vol ed eds cf etc`),
  numberAbbreviations: wordSet("núm nº n no art arts cap pág págs p pp fig figs"),
  dottedOrdinals: false,
  capitalNouns: false,
  nounsFirst: true,
  apparatus: wordSet("referencias bibliografía notas índice contenido fuentes agradecimientos licencia", [
    "véase también",
    "enlaces externos",
    "lecturas adicionales",
  ]),
  stem,
  frame: {
    brief: "Resumen",
    untitled: "un documento sin título",
    words: "palabras",
    sentences: "oraciones",
    sections: "secciones",
    quotesNote:
      "Las citas son palabras del propio documento; el número tras una cita es el lugar de su oración.",
    about: "Temas principales:",
    and: "y",
    summary: "En breve",
    opening: "Comienzo",
    named: "Nombra, entre otros, a",
    part: "Parte",
    check: "Comprobación",
    checked: "Comprobado con el documento",
    quotes: "citas",
    terms: "términos",
    headings: "títulos",
    figures: "cifras",
    statements: "otras afirmaciones",
    found: "Encontrado",
    checkNote:
      "Una cita cuenta como encontrada si está en el documento palabra por palabra; otra afirmación, si sus palabras, nombres y cifras están allí juntos.",
    closest: "La oración más parecida del documento",
    thousands: ".",
  },
};
