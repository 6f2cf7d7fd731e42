//! Postal towns in Sweden, by the first word of their name: lower case, parted by blanks.
//!
//! Source: the seats of Sweden's municipalities and the larger postal towns (postort). Not all of
//! them on purpose: with a street or a label before it a postal code needs no known town.

pub(crate) const TOWNS: &str = "
alingsås arboga arlöv arvika avesta bankeryd boden bollnäs borgholm borlänge borås bromma
bromölla båstad danderyd degerfors eksjö enköping enskede eskilstuna eslöv fagersta falkenberg
falköping falun farsta filipstad finspång flen gnesta gnosjö grums gällivare gävle göteborg habo
hagfors hallsberg hallstahammar halmstad haninge haparanda hedemora helsingborg herrljunga
hisings hjo huddinge hudiksvall huskvarna hässelby hässleholm höganäs höllviken höör johanneshov
jokkmokk järfälla järna jönköping kalix kalmar karlshamn karlskoga karlskrona karlstad
katrineholm kil kinna kiruna kista klippan knivsta kramfors kristianstad kristinehamn kumla
kungsbacka kungälv kävlinge köping laholm landskrona lerum lidingö lidköping lindesberg
linköping ljungby ljusdal ludvika luleå lund lycksele lysekil malmö mariestad mark marstrand
mellerud mjölby mora motala mölndal mölnlycke mörbylånga nacka nora norrköping norrtälje
norsborg nybro nyköping nynäshamn nässjö olofström orsa osby oskarshamn oxelösund partille piteå
ronneby rättvik sala saltsjöbaden sandviken sigtuna simrishamn skara skellefteå skogås skurup
skänninge skärholmen skövde sollefteå sollentuna solna spånga staffanstorp stenungsund stockholm
storuman strängnäs strömstad sundbyberg sundsvall svedala säffle säter sävsjö söderhamn
söderköping södertälje sölvesborg tibro tidaholm tierp timrå tomelilla torsby tranås trelleborg
trollhättan trosa tumba tyresö täby uddevalla ulricehamn umeå upplands uppsala vadstena
vallentuna vansbro vara varberg vaxholm vellinge vendelsö vetlanda vilhelmina vimmerby visby
vällingby vänersborg värnamo västerhaninge västervik västerås växjö vårgårda ystad älmhult älta
älvdalen älvkarleby älvsbyn älvsjö ängelholm åkersberga ålem åmål ånge åre årjäng årsta åstorp
åtvidaberg öckerö örebro öregrund örkelljunga örnsköldsvik österbymo östersund östhammar
övertorneå
";
