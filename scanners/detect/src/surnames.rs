//! Common surnames, and how surnames end, in Sweden: lower case, parted by blanks.
//!
//! Source: the most common names by Statistics Sweden's name statistics (scb.se, Namnstatistik),
//! without those that are mostly something else in running text. A list of the common ones on
//! purpose: who bears a rare name is found by its ending or by the words around it.

/// Surnames.
pub(crate) const SURNAMES: &str = "
abdi abrahamsson adolfsson ahlberg ahlgren ahlin ahlqvist ahlström ahmed alexandersson ali alm
almgren almqvist andersen andersson andreasson aronsson arvidson arvidsson augustsson axelson
axelsson backlund backman bengtson bengtsson berg bergenstråhle berggren bergkvist berglund
bergman bergqvist bergstrand bergström berntsson bertilsson bjurman bjurström björk björklund
björkman blom blomberg blomgren blomkvist blomqvist bodin boman borg borgström boström brandt
brodin brolin broström bruun byström bäckström böhm carlsson cederberg cedergren cederholm
cederlund christensen claesson dahl dahlberg dahlbäck dahlgren dahlin dahlman dahlqvist
dahlström dahlén danielson danielsson davidsson degerman eck edberg edlund edman edström
edvardsson egnell ek ekberg ekblad ekdahl ekegren ekelund ekholm eklund ekman ekström elfström
eliasson elmgren enberg engberg engdahl englund engman engström enström ericsson erikson
eriksson erlandsson eskilsson fagerberg fagerström falk falkman farah fors forsberg forsell
forslund forsman forssell fransson franzén fredin fredriksson friberg frid fridh friman frisk
furberg fältman gabrielsson grahn granberg gren grönberg grönlund grönvall gummesson gunnarson
gunnarsson gustafsson gustavson gustavsson gyllenhammar göransson hagberg hagelin haglund hagman
hagström hallberg hallgren hallin hallström hamid hammar hammarberg hammarström hansen hansson
hassan hedberg hedenström hedin hedlund hedman hedström heikkinen helgesson hellberg hellgren
hellman hellström henningsson henriksson hermanson hermansson herrström hillström hjalmarsson
hjort holgersson holm holmberg holmgren holmqvist holmström hosseini hult hultberg hultgren
hultman hussein häger hägg hägglund häggström håkanson håkansson högberg höglund högström
ibrahim ingvarsson isacsson isaksson isberg ismail israelsson ivarsson jacobsson jakobson
jakobsson jansson jensen jernberg johannesson johannson johansen johanson johansson jonasson
jonson jonsson josefson josefsson jovanovic järvinen jönsson kallin karlberg karlson karlsson
karlström khalil khan kjellberg kjellgren kjellman kjellström klang klasson klasén klingberg
knutsson korhonen koskinen kovacs kowalski krantz kristensson kristiansson kristoferson
kristoffersson kronberg kullberg kvarnström kvist kylberg lagergren lagerkvist lagerqvist
lagerström laine larsen larson larsson leander lennartsson lilja liljegren liljeqvist lind
lindahl lindau lindberg lindblad lindblom lindbäck lindeberg lindell lindelöf linder lindfors
lindgren lindgårdh lindh lindhe lindholm lindkvist lindman lindmark lindqvist lindroth lindström
lindvall lindwall lindén linné ljung ljungberg ljunggren ljungkvist ljungman ljungqvist
ljungström lund lundberg lundborg lundell lundgren lundh lundholm lundin lundkvist lundmark
lundquist lundqvist lundström lundvall lundén löf löfberg löfgren löfqvist löfstedt löfström
lönn lönnqvist lövgren magnusson malm malmberg malmgren malmqvist malmström marklund markström
martinson martinsson matsson mattsson melander melin mellberg mellgren mikaelsson moberg modin
mohamed mohammed mohamud molander molin morén mustafa mäkinen månson månsson mårdh mårtensson
möller möllerström naslund nguyen nielsen nieminen nikolic nilson nilsson norberg nordahl
nordberg nordell nordenberg nordenström nordgren nordin nordkvist nordlander nordlund nordmark
nordqvist nordström norell norlander norlin norling norlund norman norrman norström norén novak
nyberg nygren nygård nyholm nylander nylin nylund nylén nyman nyqvist nyström näslund näsman
ohlin ohlson ohlsson olander olausson olofson olofsson olsen olson olsson omar oscarsson
oskarsson osman ottosson palm palmberg palmgren palmqvist paulsson pehrsson persson petersen
petersson petrovic petterson pettersson pettersén pham pålsson quist ramström rashid risberg
robertsson rosander rosell rosenberg rosengren rosenlund rosenqvist roslund rosén rudolfsson
rundqvist rydberg rydell rydgren rydström rydén rönnberg rönnqvist sahlberg sahlin salomonsson
samuelson samuelsson sandberg sandell sandgren sandin sandlund sandqvist sandström sandvik
segerström selander selin sellgren sigurdsson simonsson singh sjöberg sjöblom sjödin sjögran
sjögren sjöholm sjölander sjölin sjölund sjöqvist sjöstedt sjöstrand sjöström skog skoglund
skoglöf skogman skogsberg skoog sköld sparre stefansson stenberg stenlund stenmark stenström
stigsson stjernström strand strandberg stridh ström strömberg strömblad strömgren strömqvist
ståhl ståhlberg sundberg sundell sundgren sundin sundkvist sundlöf sundman sundqvist sundström
sundvall sundén svahn svanberg svedberg svedin svedlund svenningsson svensson svensén svärd
swahn swahnström swedberg swärd säfström sällström söderberg södergren söderholm söderlund
söderman söderqvist söderström sörensen tengberg thelin thorell thorsell thorsson thorén
thunberg thyberg tillberg tornberg torstensson tufvesson tunberg turesson törnberg törnblom
törngren törnkvist törnqvist törnroos uhlin ulander ullberg ullman uvelius vallin vesterberg
vesterlund vestin vestman viberg viklander viklund vikman vikström viktorsson vinberg virtanen
waern wahlberg wahlgren wahlin wahlqvist wahlström wallander wallberg wallerstedt wallgren
wallin wallström wallén warsame wedin wendel wennberg wennerström wennström werner wessman
westberg westerberg westerdahl westergren westerlund westin westling westlund westman wetterberg
wiberg wickström widell widmark widén wihlborg wik wikander wikberg wiklander wiklund wikman
wikström wilhelmsson winberg winqvist winther wretling zackrisson zakrisson zetterberg
zetterlund zetterström åberg ågren åhlin åhlén åhman åkerberg åkerblom åkerlund åkerman
åkerström åkesson ålund åman åstrand åström öberg öhlund öhman öhrn öhrström öman öqvist örn
östberg österberg östergren östergård östling östlund östman
";

/// Endings that make a word with a capital behind a given name a Swedish surname. Those that end
/// words of other languages as well (`-man`, `-mark`) are left to the list.
pub(crate) const SURNAME_ENDINGS: &[&str] = &[
    "berg", "blad", "blom", "bäck", "dahl", "dotter", "fors", "gren", "holm", "hult", "kvist",
    "lund", "qvist", "stedt", "strand", "ström", "sson",
];

/// Words that follow the names of companies, places, works and laws, and words that only look like
/// surnames: with one of them behind it a name is no person's.
pub(crate) const NO_SURNAMES: &str = "
ab act advokatbyrå airport aktiebolag algorithm allé april as asa august augusti avenue award
bloomberg bridge bro bron bygg cathedral church city co college company corp corporation
december drive ek el februari february fond fonden foundation fredag friday förening föreningen
gata gatan gmbh group gränd gutenberg gymnasiet gymnasium hb heidelberg holding holdings
hospital högskola iceberg inc institute institutet island januari january juli july june juni kb
kommun konsult kyrka kyrkan lake lane law library licence license llc ltd luxemburg län lördag
maj march mars may method minnesfond monday mountain museet museum måleri måndag november
nuremberg october oktober onsdag oy park parken plan plats pris priset prize project protocol
redovisning river road saturday school september server sjukhus skola skolan software square
stad station stiftelse stiftelsen stipendium street strindbergsmuseet sunday söndag test theorem
thursday tisdag torg torget torsdag tree tuesday universitet university valley väg vägen
wednesday åkeri
";
