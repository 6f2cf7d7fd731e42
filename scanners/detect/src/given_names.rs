//! Common given names in Sweden: lower case, parted by blanks.
//!
//! Source: the most common names by Statistics Sweden's name statistics (scb.se, Namnstatistik). A
//! list of the common ones on purpose: who bears a rare name is found by the words around it.

/// Given names of women and men.
pub(crate) const GIVEN: &str = "
abdullah adam adrian agnes agneta ahmad albert albin aleksandra alexander alexandra alf alfons
alfred ali alice alicia alma alva alvin amanda amelia amir anders andrea andreas andré anette
anita anja ann ann-britt ann-charlotte ann-christin ann-kristin ann-marie ann-sofie anna
anna-karin anna-lena anna-maria anne anne-marie anneli annelie annie annika anton antonia arja
arne arthur artur arvid astrid august axel barbro beatrice bengt benjamin berit bernt bertil
bianca birger birgit birgitta björn bo bodil britt bror börje camilla carin carina carl
carl-gustaf carl-johan caroline casper catarina catharina cathrine cecilia charlotte christel
christer christian christin christina claes claes-göran clara colin conny curt dagny daniel
danielle david dennis desirée dick doris ebba eddie edith edvin edward egon einar eira elias
elin elina elis elisabet elisabeth elise ella ellen ellinor elly elna elsa elsie elvin elvira
emanuel emelie emil emilia emma emmy enar erica erik erika erland ernst eskil ester estrid eugen
eva eva-lena evelina evert fabian fatima felicia felix folke frans fredrik fredrika freja frida
frode gabriel gabriella georg gerd gerda gertrud gisela greta gun gun-britt gunilla gunnar
gunnel gunvor gustaf gustav gustavo göran gösta göte hampus hanna hanne hannes hans harald harry
hassan hedda hedvig helen helena helene helge henning henrik henry herbert hilda hilma hjalmar
holger hugo håkan ibrahim ida inez inga inga-lill ingeborg ingegerd ingela ingemar inger ingrid
ingvar irene irma isabella isabelle isak ismail ivar jack jacob jakob jan jan-erik jan-olof
jan-åke janne jasmine jeanette jennie jennifer jenny jens jerker jerry jesper jessica jimmy
joakim joar joel johan johanna johannes john johnny jon jonas jonatan jonathan jonna josef
josefin josefine josephine juha julia jörgen kaj karin karl karl-erik karl-gustav karl-johan
karolina kasper katarina kenneth kent kerstin kevin kim kjell klara klas klas-göran knut konrad
kristian kristin kristina kristoffer kurt lage laila lars lars-erik lars-göran lars-olof
lars-åke leif leila lena lennart leo leon leona leonard liam lillemor lilly lina linda linn
linnea linnéa linus lisa lisbeth liselotte lisen ljiljana lotta louise lova love lovisa lucas
lucia ludvig ludwig lukas lydia lykke madeleine madelene magdalena magnus maj maj-britt maj-lis
maja malin malte manfred marcus margareta margit maria mariam mariana marianne marie marika
marina marita markus marlene marta martin martina matilda mats mattias mattis maud max mehmet
melissa melker melvin mia michael mikael mikaela milan milla milton minna mira mirjam moa
mohamed mohammad mohammed molly mona monica monika morgan muhammad märit märta naomi natalie
nataša nathalie nellie nicklas niclas niklas nikolina nils nils-erik nina noah noel nora nova
ola oliver olivia olle olof olov oscar oskar ossian otto ove patricia patrik paula pauline peder
pelle per per-erik pernilla peter petra petronella petter philip pia pierre pontus pål ragna
ragnar ragnhild ralf ralph rasmus rebecka regina reine reinhold richard rickard rikard rita
robbin robert robin roger roland rolf ronja ronny rosita roy runar rune rut ruth saga sam samira
samuel sandra sanna sara sara-lisa sarah sebastian selma signe signhild sigrid sigurd sigvard
simon simona siri siv sixten sofi sofia sofie solveig sonja sonny sophia sophie staffan stefan
stella stellan sten stephanie stig stina sture sune susann susanna susanne svante svea sven
sven-erik sven-olof sven-åke sverker sören tage tanja teodor teresa terese thea theo therese
thomas tilda tim tobbe tobias tomas tommy tor torbjörn tord tore torgny torsten torvald tova
tove ture turid tuva tyko tyra ulf ulla ulla-britt ulrika uno ursula valdemar valter vanja vera
veronica veronika victor victoria vidar vide viktor viktoria vilgot vilhelm vilma vincent viola
viveka vivianne waldemar walter wilhelm wille william willy wilma wilmer ylva yngve yvonne zara
zoe älva ådel åke åsa åsa-maria örjan östen
";

/// Those of them that are also words, places, products or names of every other country: a surname
/// that only looks like one is not enough behind them.
pub(crate) const AMBIGUOUS: &str = "
adam albert alexander alexandra ali alice alma alva amanda ann anne anton arthur august axel
benjamin bo carl casper charlotte christian christina clara colin conny daniel david dick einar
elin ella elsa emma ernst ester eva fabian felix frans frida gabriel georg gun hans harald harry
helena hugo ida inga irene isabella ivar jack jacob jan jasmine jerry joel john johnny jon josef
julia kaj karin kent kevin kim konrad kurt lena leo leon leona liam linda linn linus lova love
lucas lucia lydia maja maria marina martin max melissa mia michael milan milton mira molly mona
monica morgan naomi nils nina noah noel nora nova ola oliver olivia oscar otto ove paula per
peter petra philip pia ralph regina richard rita robert robin roger roland roy rune rut ruth
saga sam samuel sandra sara sarah simon siri siv sixten sofia sonny sophia stella sten stig svea
tage theo thomas tilda tim tor tore tova tove ture ursula vera veronica victor victoria vidar
vide vincent viola walter wilhelm william willy zoe
";
