/** Documents for the tests of the sample programs, all written for them. */

/** English, Markdown, with emphasis, a list, a table, code and links, about 500 words. */
export const HONEY = `---
title: What a Beehive Knows
author: nobody in particular
---

# What a Beehive Knows

A hive of honey bees in July holds some forty thousand workers, one queen and a few hundred drones, and nobody in it
gives orders. The queen lays eggs; she decides nothing. Yet the colony chooses a home, builds combs to a standard gauge,
keeps its brood at 35 degrees and lays in food for a winter that no worker alive in summer will see.

## The dance

A worker that finds good nectar goes home and tells the others. On the dark, vertical comb she runs a figure of
eight, and the angle of the middle run against the vertical gives the direction of the flowers against the sun. The
duration of the waggle gives the distance: about one second for a kilometre. [Karl von Frisch](https://example.org/frisch)
worked this *waggle dance* out in the 1940s, and many biologists did not believe him, e.g. because a bee seemed too
small for a symbol. Dr. Martin Lindauer later watched swarms use the same waggle dance to argue about nest sites.

## Choosing a home

A swarm hangs on a branch for a day or two while several hundred scouts look for hollow trees. Each scout dances for
the site that she found, and she dances longer for a better one. The number of her circuits falls with every return,
so that old opinions fade away. When about twenty scouts meet at one hollow, they fly back and warm up the swarm for
the flight. The swarm therefore decides without counting votes: a quorum of scouts at the nest site is enough.

- A good nest site has a volume of about forty litres.
- Its entrance is small, high above the ground, and faces south.

| Site | Volume |
|---|---|
| hollow oak | 40 litres |

## Wax and heat

Honey is expensive to store, because wax is expensive to make. A bee burns several grams of honey for each gram of
wax, and so the comb is a bargain between strength and thrift; the hexagon encloses the most honey for the least
wax. In winter the bees form a cluster, uncouple their wings and shiver, and the cluster burns honey like a slow
stove. A colony needs about fifteen kilograms of honey to reach the spring.

\`\`\`js
const honey = "not a sentence. Not at all a sentence of the text.";
\`\`\`

## What can go wrong

The mite Varroa destructor rides on adult bees and breeds in the brood, and it carries viruses that cripple wings. A
colony with thousands of mites in August is usually dead by Christmas. Beekeepers treat with acids, trap the mite in
drone comb, or select bees that groom one another, and none of the three works everywhere. Old pesticides killed
workers in the field, where their bodies could be found; newer ones make foragers forget the way home, which leaves
nothing to count.
`;

/** German, Markdown, with ordinals, abbreviations and German quotation marks, about 380 words. */
export const MOORE = `# Warum Moore so viel wiegen

Moore bedecken etwa drei Prozent der Landfläche der Erde, und in ihrem Torf liegt mehr Kohlenstoff als in allen
Wäldern zusammen. Das klingt übertrieben, lässt sich aber einfach erklären: Im Wald wird ein Blatt, das zu Boden fällt,
bald zersetzt. Im Moor steht das Wasser bis an die Oberfläche, der Sauerstoff fehlt, und das Blatt bleibt liegen.

## Wie Torf entsteht

Torfmoose wachsen oben weiter und sterben unten ab. Sie speichern das Zwanzigfache ihres Gewichts an Wasser, machen ihre
Umgebung sauer und verdrängen damit die Konkurrenz. Ein Hochmoor wächst im Jahr ungefähr einen Millimeter in die Höhe.
Ein Torf von fünf Metern Mächtigkeit ist also z. B. seit dem Ende der letzten Eiszeit gewachsen. Im Torf bleiben Pollen,
Samen und manchmal Menschen erhalten; der bekannteste Fund aus Dänemark, der Mann von Tollund, trägt noch seine Mütze.

## Entwässerung

Seit dem 18. Jahrhundert wurden die Moore in Norddeutschland entwässert, abgebaut und besiedelt. »Den Ersten der Tod, den
Zweiten die Not, den Dritten das Brot«, hieß es unter den Siedlern. Am 3. Oktober 1765 unterschrieb Friedrich II. ein Edikt,
das den preußischen Staat zum Eigentümer der ungenutzten Moore machte. Wo das Wasser fehlt, dringt Luft in den Torf, und
er verbrennt langsam, ohne Flamme. Entwässerte Moore geben in Deutschland etwa sieben Prozent aller Treibhausgase ab, und
der Boden sackt dabei um ein bis zwei Zentimeter im Jahr.

## Wiedervernässung

Wird der Graben verschlossen, steigt das Wasser oft schon im ersten Winter. Die Freisetzung von Kohlendioxid endet, sobald der
Torf wieder nass ist, während das Methan in den ersten Jahren zunimmt. Über Jahrzehnte gerechnet überwiegt der Gewinn für
das Klima deutlich. Die Landwirte verlieren dabei ihre Wiesen, und ohne Entschädigung wird kaum jemand seinen Graben
verschließen. Auf nassem Moor lassen sich Schilf und Rohrkolben ernten, aus denen Dämmstoffe entstehen; diese
Landwirtschaft auf nassem Torf heißt Paludikultur. Noch fehlen Maschinen, die auf weichem Boden nicht einsinken, und
Fabriken, die das Schilf abnehmen.
`;

/** Plain text without headings, wrapped at 72 columns, with a word divided at the end of a line; about 450 words. */
export const TEA = `Tea began as a medicine in the south-west of China and was drunk for
many centuries as a kind of soup, with salt, ginger and orange peel. In
the eighth century Lu Yu, an orphan raised in a monastery, wrote a book
that told people to leave the ginger out. Good tea, he said, needs good
water, and the best water comes from slow mountain streams.

All tea comes from one plant, Camellia sinensis. Green tea is heated
soon after the harvest, so that the enzymes in the leaf stop working.
Black tea is rolled and left to oxidise until the leaf turns brown.
Oolong lies in between, and the skill of the oolong maker consists in
knowing when to stop the oxidation. A leaf that was bruised too early
gives a flat tea, and no later step can mend it.

The taste of a cup depends on three things: the heat of the water, the
time, and the size of the leaf. Hot water draws out the tannins, which
are bitter, and the caffeine; cooler water leaves most of the tannins in
the leaf. Japanese green tea is therefore brewed at sixty or seventy
degrees, while black tea wants water that has just boiled. Broken leaf
brews faster than whole leaf because more of its surface meets the
water. A tea bag holds dust and fannings, the smallest grades, and it is
finished in two minutes.

In the seventeenth century Dutch and English ships brought tea to
Europe, where it cost as much as silver. The English government taxed
it so heavily that by 1780 more than half of the tea in the country was
smuggled. William Pitt cut the duty from 119 per cent to 12.5 per cent in
1784, and the smuggling ended within a few years. To pay for the tea the
East India Company sold opium to China, and when China confiscated the
opium in 1839, Britain went to war.

The Company also wanted tea that did not come from China. In 1848 it
sent Robert Fortune, a botanist from Scotland, into the tea districts in
disguise. He shipped some twenty thousand plants to India in glass boxes,
and eight Chinese tea makers with them. Most of the plants died, but the
tea makers stayed. The tea that made Assam rich was a native variety of
the plant, which the Singpho people had been drinking all along. By 1890
India supplied nine cups in ten of the tea that Britain drank, and the
tea districts of China had fallen into poverty. The oxi-
dation of a leaf had moved an empire.
`;

/** About 300 words, a title in plain text and no other heading. */
export const SALT = `A Short Account of Salt

Salt is the only rock that people eat. The body of an adult holds about 200 grams of it, loses some every day in
sweat and urine, and cannot make more. Animals that live on grass walk long distances to salt licks, and the oldest
roads in several countries follow the tracks of those animals.

Two methods give nearly all the salt in the world. Where the climate is dry, sea water is led from one shallow pond to
the next, each saltier than the last, until the salt falls out of the brine. Where an ancient sea has dried up and been
buried, salt lies in beds that may be hundreds of metres thick, and miners cut it like coal or pump water down and boil
the brine. The mine at Wieliczka in Poland was worked for seven centuries, and its miners carved a cathedral out
of salt 100 metres below the ground.

Before refrigeration salt was the means of keeping food through the winter. Brine draws water out of meat and fish by
osmosis, and the bacteria that would spoil the food dry out as well. Venice grew rich on the salt trade before it grew
rich on pepper. Governments soon noticed that nobody can do without salt, and taxed it. The French salt tax, the
gabelle, forced every household to buy a fixed amount at a fixed price, and hatred of it was among the causes of the
Revolution. In 1930 Mahatma Gandhi walked 390 kilometres to the sea at Dandi and picked up a lump of salty mud, which broke
the British monopoly on salt in India.

Today table salt is a small part of the business. Most salt goes to chemical factories, which split it into chlorine
and caustic soda, and a great deal is thrown on icy roads, from which it runs into rivers that were never salty before.
`;

/** Spanish, Markdown, about 230 words. */
export const ACEQUIAS = `# Las acequias de Valencia

El Tribunal de las Aguas se reúne cada jueves a las doce ante la puerta de la catedral de Valencia. Ocho síndicos vestidos de
negro escuchan las quejas de los regantes y deciden en el acto. No se escribe nada, nadie paga abogados y la sentencia
no admite recurso. El tribunal existe desde hace unos mil años y sigue siendo obligatorio para la huerta.

## El reparto del agua

El río Turia alimenta ocho acequias que riegan la huerta alrededor de la ciudad. Cada acequia recibe una parte del río que
se mide en filas, y una fila no es una cantidad fija, sino una proporción. Cuando el río baja, todas las acequias pierden lo
mismo. El agua no se vende por separado: pertenece a la tierra, y quien compra el campo compra también su turno de riego.

## Las faltas

Un regante que abre su compuerta fuera de turno roba agua al vecino de abajo. El guarda de la acequia lo denuncia, y el
jueves siguiente el síndico pregunta a las partes. La multa se paga según el daño en los campos. Casi todos los regantes
aceptan la sentencia, porque el año próximo estarán en el lugar del otro. En 2009 la Unesco inscribió el tribunal en su
lista del patrimonio de la humanidad.
`;
