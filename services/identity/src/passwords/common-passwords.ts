// Passwords that are guessed first. Taken from the lists of Django (BSD-3-Clause, by Royce Williams) and zxcvbn (MIT, by
// Dan Wheeler), lower case: those that are long enough for our own rule, and the words that the shorter ones are made of.

const list = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean));

/** Of 12 characters and more. */
export const commonPasswords = list(`
010203040506 012345678910 014702580369 01telemike01 0r968ji9ufj6 102030405060 111222333000 111222333444555
111222tianya 112233445566 122333444455555 123123qweqwe 123321456654 123321qweewq 123456123456 123456654321
123456782000 1234567887654321 1234567890-= 123456789000 12345678900987654321 1234567890123 12345678901234567890
1234567890987654321 1234567890qaz 1234567890qw 1234567890qwe 1234567890qwerty 1234567890qwertyuiop 1234567890zzz
123456789101 1234567891011 123456789101112 123456789123 123456789123456 1234567891234567 123456789123456789
1234567892000 12345678987654321 123456789987654321 123456789abc 123456789asd 123456789qaz 123456789qqq 123456789qwe
123456789qwer 123456789qwerty 123456789zxc 1234567qwertyu 123456qwerty 1234qwerasdf 1234qwerasdfzxcv 123admin321a
123qwe123qwe 123qwe456rty 123qweasdzxc 123qwerty123 12qw34er56ty 159753159753 159753456852 1a2s3d4f5g6h 1q2w3e4r5t6y
1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o 1q2w3e4r5t6y7u8i9o0p 1qa2ws3ed4rf 1qa2ws3ed4rf5tg 1qaz2wsx3edc
1qaz2wsx3edc4rfv 1qazxsw23edc 1qazxsw23edcvfr4 23176djivanfros 31217221027711 32615948worms 41d8cd98f00b
4815162342lost 520love101182 541233432442 5532361cnjqrf 59382113kevinp 742617000027 89231243658s 89876065093rax
a1s2d3f4g5h6 abc123456789 admin18533362 administrator amadeusptfcor an83546921an13 andrewjackie antananarivu
arabella24630 asdfgh123456 asdfghjkl123 auckland2010 avrillavigne bltynbabrfwbz boy4u2ownnyc bpgjldsgjldthnf
businessbabe chickenwing101 christopher1 cjdthitycndj combat123654 contortionist cookiemonster corperfmonsy
cosmopolitan counterstrike demon1q2w3e4r demon1q2w3e4r5t devilmaycry4 dfg5fhg5vgfh1 digitalprodu dkflbvbhjdbx
dkflbvbhjdyf domainlock2005 edwardcullen ezekiel11991 fallen_angel familiyafamiliya finalfantasy fkmnthyfnbdf
fktrcfylhjdbx fktrcfylhjdf fktrcfylhjdyf flvbybcnhfnjh frederiksberg fucktheworld fuckyoubitch fynfyfyfhbde
g13916055158 gettherefast gfhjkmgfhjkm ghbdtnghbdtn ghbdtnrfrltkf ghhh47hj7649 ghjcnjgbpltw ghjcnjgfhjkm ghjcnjghjcnj
ghjcnjqgfhjkm ghjcnjrdfibyj ghjnbdjcnjzybt gjkysqgbpltw googletester greenlantern gtnhjpfdjlcr hannahmontana
hawkesbury93 hd764nw5d7e1vb1 hedimaptfcor heterosexual iampurehaha2 ichliebedich ihatethisgame iloveboobies
ilovemyfamily imyaimyaimya inactive1996aug ingodwetrust installdevic installsqlst international internazionale
iseedeadpeople jamesbond007 jesuslovesme jkiuztdftl57 john!20130605at1753 jundian2011xr justinbieber kartoffelpuffer
knackwurst8853 laurel12creek leavemealone leliane50934 lhbjkjubz2957704 lightpower12345 linkedin2011 liverpool123
lost4815162342 lovelovelove lydcc20091314 lytghjgtnhjdcr m01759766727 mailcreated5240 manchesterunited maprchem56458
marek14michal massimiliano masterbaiting masterbating masturbation maurolarastefy mega_pizdetz666 megaparol12345
mevefalkcakk michaeljackson migrationschool minecraft123 minnesota_hp moderncombat momsanaladventure morganstanley
mortalkombat motherfucker msorcloledbr n8zgt5p0shw= natiichen999 needforspeed nemvxyheqdd5oqxyxyzi networkingpe
neworleans12345 newproject2004 nhecsyfujkjdt nhfdvfnjkju123 nhfycajhvths nightcrawler nondriversig olcrackmaster
onedirection ontheoutside paraklast1974 password1234 password12345 password123456 passwordstandard pe#5gz29ptzmse
peanutbutter playstation2 playstation3 polniypizdec0211 polniypizdec1102 polniypizdec110211 pornographic professional
projectsadminx przyjaciolki ptybnxtvgbjy punksnotdead q1w2e3r4t5y6 q1w2e3r4t5y6u7 q1w2e3r4t5y6u7i8
q1w2e3r4t5y6u7i8o9p0 qawsedrftgyh qaz123wsx456 qazwsxedc123 qazwsxedcrfv qazwsxedcrfvtgb qazxswedc123 qazxswedcvfr
qwaszxerdfcv qwe123qwe123 qweasdzxc123 qwegta13091990 qwerasdfzxcv qwertasdfgzxcvb qwerty123456 qwerty123456789
qwertyasdfgh qwertyqwerty qwertyuiop10 qwertyuiop12 qwertyuiop123 qwertyuiop12345 qwertyuiop[] qwertyytrewq
residentevil rfnthbyf1988 s8ylpe9jdpvym sanfrancisco saun24865709 schoolgirlie sdf7asdf6asdg8df sebastian106
seemnemaailm seniseviyorum sojdlg123aljg somanypickles27 sonnenschein sonyericsson specialinsta startfinding
starwarsfan10 stefangreil1983 stickdaddy77 stinkyfinger stratocaster supernatural systemofadown telechargement
temppassword thecakeisalie ticketmaster total12scherz transformers vanyarespekt vfhbyfvfhbyf vfrcbvvfrcbv vfvfvskfhfve
vitor1268123 vladimirovna warhammer40k wazzkaprivet websolutions websolutionssu webuivalidat weihnachtsbau
weihnachtsbaum weronika1992 whosyourdaddy xantria10315 xtseo2011tdx xxxp455w0rd5 yandi20080527 yemi19900911
yfdbufnjh10305070 z1x2c3v4b5n6m7 zaq1xsw2cde3 zaqwsxcderfv zcfvfzkexifz zmx870919123 zqjphsyf6ctifgu zxcasdqwe123
zxcvbn123456 zxcvbnm123456789
`);

/** Of 4 to 11 letters; with digits and signs around them they are guessed nearly as fast. */
export const commonWords = list(`
aaasss aaliyah aardvark aberdeen abgrtyu abnormal abrakadabra absolut abstr access accord achilles achtung acidburn
acmilan action acura adgjmp adgjmptw adidas admin adonis advent aezakmi afrika aggies aikido aikman airborne airbus
airforce airplane airwolf akira alabama aladin alaska albany albatros albion alchemy alejandr aleksandr aleksandra
aleksey alenka alessandro alexande alexandr alexandre alexey alexis alfa alibaba aliens alinka allegro allmine allsop
allstar aloha alpha alphabet alpine altima alucard amadeus amand amateur amateurs amazon ambers americ america amerika
amigo amigos amorcit amore amsterda amsterdam anaconda anai anakin anal analsex anarchy anastasi anastasiya andrei
andrey andromed andromeda anfield angel angels angelus angus anhyeuem animal anime antares antelope anthon anthrax
antoni anubis aolsucks apache apollo apple applepie apples aptiva aquarius aragorn aramis arcadia archange argentin
aries arizona arjay armada armagedon armani armstron arrow arrows arsenal artem artemis artemka artur asdasd asddsa
asdf asdfasdf asdfg asdfgh asdfghj asdfghjk asdfghjkl asdfjkl asdfzxcv asdqwe asdzxc asgard ashle asians asimov aspen
aspire aspirine assasin assassin assfuck asshole assholes assman assword asterix astra astral astro astros athlon
atlanta atlantis atomic attila auburn audi auditt auggie aussie austin australi avalanch avalon avatar avenger awesome
awnyce azamat azazel azert azerty azertyui azsxdc azsxdcfv azzer babe babes babyblue babyboy babydoll babyface
babygirl babylon babylove bacardi bacchus backdoor badass badboy baddog badger badgers badgirl badman baggins baggio
bagira bahamut baller ballin balloon balloons balls baltimor bambam bamboo banan banana bananas banane bandit bang
banger bangkok banker banner banshee banzai baracuda barbados barbie barcelon barcelona barefoot barfly baritone
barkley barley barney barselona barsik bartman basebal baseball basket basketba basset bassman bastard batman bayern
bball bcfields bdsm beaches beagle beaker beamer beaner beanie bear bearcat bearcats beardog beast beastie beater
beatle beatles beautifu beauty beaver beavis beckham beech beefcake beemer beer beerman beetle beezer behappy belmont
benfica beng bengals beowulf beretta bergkamp berlin bestbuy bhbirf bian biao biatch bicycle bigass bigballs bigbang
bigbear bigben bigbird bigblock bigblue bigbob bigboobs bigbooty bigboss bigboy bigbutt bigcat bigcock bigdaddy
bigdawg bigdick bigdicks bigdog bigfish bigfoot biggie biggles biggun bigguns bigguy bighead bigmac bigman bigmike
bigmoney bigone bigones bigpimp bigpoppa bigred bigsexy bigtime bigtit bigtits biker bikini bilbo billabon billybob
billyboy bimbo bimmer bing bingo binladen birddog birdie birdman biscuit bismillah bitch bitchass bitches bitchy
biteme bizkit blabla blackbir blackbird blackcat blackdog blackhaw blackie blackjac blackjack blackout blacks blacky
blade blades blahblah blam blaster blaze blazer bleach blessed blessing blizzard blonde blondes blondie blowfish
blowjob blowme blue blueball bluebell bluebird blueboy bluedog blueeyes bluefish bluejays bluemoon blues bluesky
bluesman blunts boater boating bobafett bobcat bobdole bobdylan boeing bogart bogdan bogey bohica boiler bolitas
bollocks bollox bologna bombay bomber bombers bonanza bondage bonehead boner bones bongo bonjour bonjovi bonkers
bonsai boob boobie boobies booboo boobs booger boogie bookie bookworm boomboom boomer booster bootie boots bootsy
booty bootys boozer borabora bordeaux boricua borussia bosco bossman boston boulder bounce bounty bowler bowling
bowwow boxcar boxer boxers boxing boxster boytoy bozo brando brandy brasil braves brazil breaker breast breasts breeze
bremen bricks brighton bristol britney brodie broker bronco broncos brooklyn brownie browns brucelee bruins bruiser
brutus bubba bubbas bubble bubbles buceta bucket buckeye buckeyes buckshot budapest buddah buddha buddie buddy
buddyboy budlight budman budweise budweiser buffalo buffet buffett bugger builder bukkake bull bulldog bulldogs bullet
bullfrog bulls bullseye bullshit bumble bummer bumper bunghole bunnies bunny burger burrito bushido buste buster busty
butch butkus butter buttercu butterfl butterfly buttfuck butthead butthole buttman buttons buzzard byteme cabbage
cabernet cabron cactus cadillac caesar calgary calibra calico caliente californ caligula calimero callisto callum
camaro camaross cambiami camden camel camelot camels cameltoe camero cameron camper canada cancer cancun candle
candyman cang cannabis canon cantona canuck canucks capecod capetown capone capricor capricorn capslock captain
caramel caravan cardinal carebear carlito carlitos carnage carnival carolina carpedie carpente carpet carrera carrot
cartman cartoon casanova caserta cashmone casino casper cassandr cassie catdog catfish catherin catman cats catwoman
cavalier caveman cayman ccbill cdtnbr cdtnkfyf ceasar celeb celeron celica celine celtic celtics cement ceng cerberus
cessna cevthrb cfitymrf cgfhnfr chai chainsaw challeng champ champion champs changeme chao chaos charger chargers
charli charlie charlott charlton charly charmed charon chaser cheater checkers cheddar cheech cheeks cheeky cheers
cheese cheetah chelse chelsea cherokee cherries cherry cheshire chester chevelle chevrole chevrolet chevy chevys
chewie cheyenne chiara chicago chichi chicken chickens chicks chico chiefs chilli chillin chilly chimera chinook
chipmunk chipper chippy chivas chocha chocolat choochoo chopin chopper chou chrisbln chriss chrissy christ christia
christin christma christop chrome chronic chrono chrysler chuai chuang chubby chuckie chuckles chucky chui chunky chuo
ciccio cicero cigars cinder cinnamon cirrus citadel citroen cjkysirj cjkywt clancy clapton clarinet classic classics
claudi claymore clemson cleopatr clevelan climax climber clipper clippers clit clitoris clouds clover clowns clutch
cnfybckfd cobain cobalt cobra cobras cocacola cocaine cock cocker cocks cocksuck coconut codered coffee cohiba coke
coldbeer coldplay colnago colombia colorado colors coltrane comanche comet commande commando compaq compass compute
computer conan concord concorde concrete condom condor cong connect connor consumer cookie cookies coolcat cooldude
cooler coolguy coolio coolman coolness coors cooter copper corleone corndog corolla corona corrado corsair corvette
cosmic cosmo cosmos cosworth cougar cougars coventry cowboy cowboys cowgirl coyote cracker cramps crazybab creampie
creamy creative cricket crimson critter crjhgbjy cruise cruiser crunch crusader crusher crusty crysis cthtuf cthulhu
cthutq ctrhtn cuan cubbies cubs cubswin cucumber cuddles cuervo cumming cumshot cumslut cunt cunts cupcake curious
custom cutiepie cutlass cutter cvthnm cxfcnmt cyber cyborg cyclone cyclops cygnus cypress dabears dabomb daddyo daemon
daewoo dagger dakota dalejr dallas dalshe daman dammit damnit dancer dang danger danie daniil danila danni dannyboy
danzig darkange darkangel darklord darkman darkness darkside darkstar datsun davide davids davinci dawg daytona dbrnjh
dbrnjhbz deadhead deadman deadpool deejay deepthroat deeznuts deeznutz default defender defiant deftones dejavu delete
delfin delight delphi delta deluxe demo denali deng deniro deniska depeche derf derparol desert designer desire
deskjet destin destiny detroit deutsch devil devildog devils devo dexter dfcbkbq dfkthbz dfkthf dfktynby dfktynbyf
dfvgbh dharma diablo dialog diamond diamonds diao diaper dick dickhead dickie dicks diehard diesel dietcoke dieter
digger diggler digimon digital dilbert dildo dilligaf dima dimas dimples dinamo dinara dindom ding dingdong dingo
dinosaur dipshit dirtbike disco discover disney diver divine django dkflbckfd dkflbr dkflbvbh dmitriy doberman doctor
dodger dodgeram dodgers dogbert dogbone dogboy dogcat dogface dogfood dogg dogger doggie doggies doggy doghouse dogman
dogpound dogs dogshit dogwood doit doitnow doktor dolemite dollar dolphin dolphins dominik dominion dominiqu domino
donkey donner dontknow donuts doobie doodle doofus doogie dookie doomsday dotcom doubled doughboy dougie dracula drago
dragon dragonba dragonball dragons dragoon drakon draven dreamer dreams drifter driver drizzt droopy drowssap drpepper
drummer dthjybrf duan dublin ducati duchess duck duckie ducks dudeman duffman dumbass dundee dungeon durango duster
dutchess dynamite dynamo eagle eagles earnhard earthlink eastside eastwood eatme eatpussy eatshit eclipse eduard
eeyore egghead eggman eggplant einstein ekaterina elcamino eldorado electra electric electro electron elefant element
elephant elisabet elizabet elizaveta elvisp emerald eminem empire enforcer engage engineer enigma enrico enter enterme
enternow enterpri enterprise entropy epsilon eraser ericsson erotic erotica escort eskimo espresso esquire eternal
eternity eureka europa evangelion everest everlast everton evgeniy evolutio excalibu excalibur excite exigen exigent
exodus exotic explorer express extreme fabie fabio fabric facial faggot fairlane falcon falcons fallen fallout
fandango fang fantasia fantasy fantomas farscape farside fart fastball faster fatass fatboy fatcat fatman fatty
fearless feather fellatio fender feng fenris fenway fergie fergus fernand ferrari ferret fester fetish fghtkm fgtkmcby
ficken fidelio fiesta figaro fighter filter finger fire fireball firebird fireblad firefigh firefly firefox fireman
firenze firewall fish fishbone fishes fishhead fishin fishing fishon fisting fitness fkbyjxrf fktrcfylh fktrcfylhf
fktrctq fktyrf flamengo flames flamingo flanker flash flasher flatron fletch flexible flicks flipflop flipper floppy
florian florida flounder flower fluffy flyboy flyers flyfish foobar footbal football footjob forest foreve forever
forfun forgetit formula forsaken fortuna foryou fossil foxtrot foxy foxylady franc francesc francisc franky freaks
freaky freckles freddy freebird freedom freefall freepass freeporn freesex freeuser freeway friday friendster fright
frisco frisky frodo frog frogger froggy frogman frontier frosty fubar fuck fucked fucker fuckers fuckface fuckhead
fuckher fucking fuckinside fuckit fuckme fuckoff fuckthis fucku fuckyo fuckyou fugazi fulham fullmoon funky funstuff
funtime fusion fussball futbol futurama fuzzy fyfcnfcbz fyfnjkbq fylhtq fytxrf fyutkbyf gabber gabrie gabriell gadget
gaell gagged gagging galant galaxy galina galore gambit gambler gameboy gamecock gamecube gameover gandalf ganesh
gangbang gangsta gangster garden garfield gargoyle garion gasman gateway gator gatorade gators gawker gbhfvblf gbpltw
geezer gegcbr geheim gemini generic genesis geng genius georg geronimo gerrard gesperrt getmoney getout getsome gfhjkm
ghbdtn ghbdtnbr ghblehjr ghbrjk ghbywtccf ghetto ghjcnj ghjcnjnfr ghjuhfvvf ghost ghostrider giants gideon giggles
gilles ginger giorgi giorgio giraffe girls gizmo gizmodo gjkbyf gladiato gladiator glamour globus glock gmoney goalie
goat goaway gobears goblin goblue gobucks gocubs goddess godfathe godfather godlike godsmack godzilla gofish goforit
gohome goirish goku golden goldfing goldfish goldstar goldwing golf golfball golfer golfing goliath gollum gonavy gong
gonzo goober goodboy goodday goodgirl goodie goodluck goodtime goofy google gooner goose gopher gordo gorilla gotcha
goten goth gothic gotmilk gotohell gotribe govols granada grandam granny grapes gratis grease greatone greenbay
greenday greens gregor gremlin grendel gretzky griffey grinch gringo grizzly gromit groove groovy groucho grumpy
gryphon gthcbr gtnhjdbx guai guang guardian guiness guinness guitar guitars gundam gunnar gunner gunners gustav guyver
gymnast gypsy habibi hack hacked hacker haggis hairball hairy halflife halifax hallo hambone hamburg hamish hamlet
hammer hammers hamster handball handyman hannah hannibal hansolo happyday harald hardball hardcock hardcore harddick
hardon hardone hardrock harlem harley harrier harrypotter harvest hattrick havana havefun hawaii hawaiian hawkeye
hawkeyes hayabusa hearts heater heaven heckfy hedgehog heineken hejsan hellboy hellfire hello hellokitty helloo hellos
hellsing hellyeah helmet helmut helper helpme hendrix heng hentai herbie hercules herewego hermes hershey hesoyam
hetfield hewlett heynow hidden highbury highheel highland highlander hiphop hippie hitachi hithere hitler hitman
hjccbz hjvfirf hobbes hobbit hockey hokies hola holiday hollywoo holycow holyshit homeboy homemade homerj homers
homerun honda hondas honeybee honeys hongkong honolulu hookem hooker hookup hooligan hoops hoosier hoosiers hooter
hooters hootie hopeful horizon horndog hornet hornets horney horny horse horses hotbox hotboy hotdog hotgirls hotone
hotpussy hotred hotrod hotsex hotshot hotstuff hott hottie hotties houdini hounddog hover htubcnhfwbz huai hummer
hunte hunter hunting hurrican husker huskers huskies hustler hyperion iamgod ibanez iceberg icecream icehouse iceman
idefix idontkno idontknow idunno iforget iforgot igor iguana ihateyou ijrjkfl ilikepie illini illusion ilove ilovegod
iloveme ilovesex iloveu iloveyo iloveyou imation immortal impala impreza incubus indiana indians indigo inferno
infiniti infinity insane insert insomnia inspiron install integra intel intercourse internet intrepid intruder
inuyasha iomega ipswich irina irinka irishka irishman iriska ironmaiden ironman iscool islander istanbul italia itsme
ivanov ivanova iverson iwantu jabroni jackal jackass jackoff jackpot jagger jaguar jaguars jamaica jamesbon jamesbond
jamess jammer jammin jarhead jasmine jasper java javelin jaybird jayden jayhawk jayhawks jazzman jedi jeep jeepster
jefferso jelly jellybea jellybean jenn jennaj jennife jericho jerkoff jessic jester jethro jets jetski jewels jezebel
jiang jiao jiggaman jimbo jimbob jing jingle jiong jktxrf jktymrf jockey joebob joecool joemama johann johannes
johnboy johncena johndeer johndoe johngalt joker jokers jomama jonny jorda jordan josephin joshu jrcfyf jsbach jubilee
juggalo juice juicy julien jumbo jumper junebug jungle junio junior junkie jupiter justdoit justice justme juventus
kahuna kakashka kaktus kalina kamasutra kamikaze kamila kangaroo kansas karachi karate karina karolina kashmir kasper
katana katarina katerina katrin kawasaki kazantip keeper keepout keng kenshin kenwood kenworth kernel kerouac kestrel
keyboard keystone keywest kfgjxrf kfhbcf kickass kicker kidrock kieran killbill kille killer killers killjoy killme
kilroy kimmie kingfish kingkong kingpin kingston kinky kipper kirill kirsty kisses kissme kissmyass kiteboy kitkat
kitten kittens kitty kittycat kittykat kiwi kjkszpj kjrjvjnbd klaste klaster kleopatra klingon klizma klondike
knickers knicks knights knockers knopka knuckles kodiak kojak kokomo kolobok komodo konstantin kool koolaid korn
koroleva korova koshka kosmos kostya kotaku kotenok krasotka krishna krokodil krolik kronos krusty krypton ksenia
ksusha ktyjxrf kuai kuang kume kungfu labrador labtec lacrosse laddie ladybug lagnaf laguna lakers lakeside lakewood
lakota lalakers lambda lamer lancelot lancer lansing lantern laptop larisa laser lassie lasvega lasvegas latinas
latino laurent lazarus lback leather ledzep leedsutd legacy legend legion legolas lekker lemmein lemonade leng lennon
lenochka leonid leopard leopold lesbian lesbians lespaul lestat letmei letmein letsgo lexmark lexus lfitymrf lfybbk
lhfrjy liang liao liberty lick licker licking lickit lickme lifehack lighter lightnin lightning lights limewire
lindros lineage linkin lion lionking liquid lithium liverpoo liverpool lizard lobo lobster loco logitech loki
lokomotiv lolipop lollipop lollol lollypop lolol london lonesome lonestar lonewolf longbow longdong longhorn longjohn
looker lookout looser loser losers lotus love lovebug loveit lovelife lovely loveme lover loverboy lovers lovesex
loveya loveyou lowrider ltybcrf luan luca lucifer lucky luckydog ludmila lumber lust lvbnhbq macbeth macdaddy machine
macman macross madcat maddie maddog madina madison madman madmax madness madonna maestro magelan magellan maggi maggie
maggot magic magician magick magicman magnet magneto magnum magnus magpie magpies maiden mailman majestic makaveli
maksim maksimka malachi malaka malibu malice malina mallard mamacita mamamia mamapapa manchest manchester mancity
mandarin mandingo mandrake manfred mang mango maniac mankind manolo manowar manson mantis manutd maradona marathon
marcello margarit marijuan marijuana marika marina marine mariner mariners marines marino mariposa marius mariya
marker markie markiz marlboro marley marseill marseille martini maryjane masamune maserati massive maste master
masterbate matador matrix matteo matthe matthias mature maveric maverick maxdog maxell maxim maxima maxime maximus
maxwell maxx maxxxx mayday mayhem mazafaka mazda mclaren meatball meathead meatloaf mechanic medic medion medusa
medved megadeth megaman megane megapass megatron meister meliss mellon mellow memorex memphis menace meng mentor
meowmeow mephisto mercedes mercury meridian merlin merlot mermaid mersedes messiah metall metallic metallica metroid
mets mexico miami mian miao michae michigan mick mickey micro microlab micron microphone microsof microsoft midget
midnight midnite midway mighty mihail mikael mikey milana milano milena milkman millenium millwall minecraft mingus
minime minimoni mirage mischief misfit misfits mishka mister mistress mittens mizzou mnbvcxz mobydick modelsne modena
mohawk mojo mollydog moloko molson momoney monaco monalisa monarch monday mondeo money moneyman moneys mongoose monic
monitor monke monkey monkeybo monkeys monopoly monster montag montana montreal moocow mookie moomoo moonbeam moondog
moonligh moonlight moonshin moose mopar mordor moritz morpheus morrowind mortgage mortimer moscow moskva mother
motherlode motorola mountain mouse mozart mudvayne muffin mulder mullet multiplelo munch munchkin muppet murzik
musashi muscle muscles mushroom musica musicman mustafa mustang mustangs mustard mutant mybaby mydick mygirl mykids
mylife mylove myname mypass mypassword mystic myxworld naked namaste nang nanook napass napoli napster naruto nascar
nastia nasty nastya natali nataly natasha naughty nautilus navigator navyseal nazgul nbvjatq nebraska nemesis neng
neptune netscape nevada nevermind nevermore nevets newbie newcastl newlife newpass newport newyear newyork nextel
nfnmzyf nfytxrf niang niao niceass niceguy nickel nicola nigga nigger nightwish nike nikita nikitos nikola nikolai
nikolay nimbus nimrod nineinch niners ning ninja ninjas nintendo nipper nipple nipples nirvana nissan nitram nitro
nittany nofear nokia nolimit nomad nomore noname nong noodle noodles nookie nopass norwich nostromo notebook notused
novell noway ntktajy nuan nude nudes nudist nugget nuggets nutmeg nuttertools nygiants nyjets nylons nymets oakland
oasis oatmeal obelix oberon obiwan oblivion obsidian oceans odyssey ohshit ohyeah oilers oksana oldman oleg olesya
oliver olivier olympus omega onelove onetime onetwo onion online onlyme opendoor opennow openup operator optimist
optimus oracle orange oranges orchid oreo orgasm orient orioles orion osiris othello outback outkast outlaw overkill
overlord oxford ozzy pacers packard packer packers pacman paco paddle padres paintbal paintball pakistan paladin
pallmall palmtree paloma panama panasoni panasonic pancake pancho panda pandora pang pantera panther panthers panties
pantyhos panzer paolo papillon papito paradigm paradise paradox paramedi parol parola parrot pasadena pascal pass
passat passion passme passport passwd passwor password passwords passwort pasword patches pathfind patric patrici
patriot patriots paulie pavel pavilion pavlov pdtplf peach peaches peachy peanut peanuts pearljam pebble pebbles
pecker peekaboo peeper peewee pegasus pelican pencil peng penguin penguins penis penthous pentium pepito peppe pepper
pepsi persik persona pervert peterbil peterpan petrov petrova petunia peugeot phantom pharmacy pheonix philippe
philips phillies philly phish phoeni phoenix photos phpbb pian pianoman piao picard picasso piccolo pickle pickles
pickup pics picturs pigeon piggy piglet pigpen pikachu pillow pimp pimpdadd pimpin pimping pinball pineappl pineapple
ping pingpong pinhead pink pinkfloy pinkfloyd pinky pinnacle pioneer pipeline pippen pippo piramida pirate pirates
pisces pissing pissoff pistol pistons pitbull pixies pizdec pizza pizzas placebo planet plasma plastic plastics
platinum platon platypus playa playboy player playstat playstation playtime plumber pluto plymouth pobeda poison
poiuyt poiuytrewq pokemon polaris police polina polo polska pompey poncho pontiac pony poochie poodle pooh poohbear
pookey pookie poontang poop pooper poopie poopoo poopy pooter popcorn popeye popova popper poppy porkchop porn
pornking porno pornos pornstar porsche portland portugal poseidon possum postal postman potato pothead powder preacher
precious predator prelude premium presario presiden presto primus prince princes princess pringles printer prissy
private privet prodigy prophet proton proview prowler proxy prozac psycho puddin pudding puffin puffy pulsar pumper
pumpkin pumpkins punisher punker punkin punkrock puppies puppy pupsik purdue purpl purple puss pussey pussie pussies
pussy pussycat pussyman pussys putter pyramid python qawsed qawsedrf qazqaz qazws qazwsx qazwsxed qazwsxedc qazxcv
qazxsw qazxswedc qazzaq qiang qiao qing qiong qqqwww quan quantum quartz quasar quattro queens quest qwaszx qweasd
qweasdzxc qwedsa qweqwe qwerasdf qwert qwerty qwertyu qwertyui qwertyuio qwertyuiop qwertz rabbit rabota racecar racer
racerx racing radiohea radiohead ragnarok raider raiders rainbow rainman raistlin rambler rambo rammstein ramones
rampage ramrod ramses rancid random rang ranger rangers raptor rascal rasmus rasputin rasta rastaman ratman raven
ravens razor razz rbhbkk rctybz reader realmadrid reaper rebel rebels reckless redalert redbaron redbird redbone
redbull redcar reddevil reddog reddwarf redeye redfish redfox redhat redhead redhot redline redman redneck redrose
redrum reds redskin redskins redsox redwing redwings redwood reebok reefer reflex reggae reload remingto renault
renegade reng reptile rereirf rescue retard revolver rfhbyf rfhnjirf rfnthbyf rfntymrf rfrfirf rfrnec rfvfcenhf
rhbcnbyf rhfcjnrf rhino rhjrjlbk rhtdtlrj ricard riccardo richar rightnow ringo ripken ripper ripple rjhjktdf
rjirfrgbde rjntyjr rjycnfynby roadkill roadking roadrunn roadrunner roadster rober robocop robot robotech robotics
rocker rocket rockets rockford rockhard rockie rockies rockin rocknrol rockon rocks rockstar rodeo rodman rogue roller
rolltide romans romashka rommel ronaldo rong roofer rookie rooster rootbeer rosebud roswell rotten rover rovers royals
rtyuehe ruan rubber rubble rulez rulezzz runaway runescape runner ruslan russia rustam sabbath sabine sabres safari
sahara saigon sailboat sailing sailor saints sairam saiyan sakura salamander salami salasana saleen salmon salomon
salope salsero samantha samiam samm samoht samson samsun samsung samtron samurai sancho sandiego sandman sandr
sandrine sandro sanfran sanity santafe sapper sapphire saratoga sascha sassy sasuke satan satana saturn saun sauron
sausage sausages savior sayang scania scanner scarface scarlet schalke scheisse scooby scoobydo scoobydoo scooter
scorpio scorpion scotch scotland scotty scout scrabble scrapper scrappy scream screamer scruffy scuba scully seabee
seadoo seagull seahawks seamus searay seattle sebastia secret security sedona seeker seinfeld sekret select seminole
semperfi senators seneca seng sensei sentinel septembe serega serenity sergei sergey sergi serpent sersolution server
sesame sevens severin sexgod sexo sexsex sexual sexx sexxx sexxxx sexxxy sexxy sexy sexybitch sexyboy sexygirl
sexylady sexyman shado shadow shag shaggy shai shalom shaman shamrock shamus shang shania shao shaolin shark sharks
sharky shasta shaved shazam sheeba sheepdog shei shelby shemale sheng sherlock shibby shiloh shiner shinobi shitface
shithead shitty shocker shodan shogun shooter shorty shotgun shou showme showtime shuai shuang shui shun shuo shutup
sidekick siemens sierra sigma sigmachi silver silverad simba simple simpsons sinatra sinbad singapor sinister sinned
sinner sirius sissy sithlord sixers sixpack skate skateboard skater skeeter skibum skidoo skiing skillet skinny
skipper skippy skittles skorpion skydive skyhawk skylar skyler skyline skywalke skywalker slacker slamdunk slammer
slapper slappy slapshot slave slavik slayer sleeper sleepy slick slider slim slimshad slimshady slinky slipknot
slippery slowhand slugger sluggo slut sluts slutty smackdow smashing smeghead smegma smelly smiles smiley smirnoff
smiths smitty smoke smoker smokes smokey smokie smokin smooth smoothie smudge smut snake snakes snapon snapper snapple
snappy snatch sneakers sneaky snickers sniper snooker snoop snoopdog snoopy snowball snowbird snowboar snowboard
snowflak snowman snuffy snuggles sobaka soccer socrates softail softball software solaris soldier soleil solitude
solnce sommer sonata sonic sonics sonoma sony sonyfuck sooners sophi sophie soprano soulmate southpar southpark
southpaw sowhat spaceman spam spank spanker spanking spankme spanky spanner sparkle sparky sparta spartak spartan
spartans spawn speaker specialk spectre spectrum speedo speedy sperma sphinx spice spider spiderma spiderman spidey
spike spiker spikes spikey spinner spiral spirit spitfire splash spliff splinter spock sponge spongebo spongebob
spooky spoons sporty spotty spring sprint sprinter sprite spud spunky spurs sputnik spyder squall squash squeak
squirrel squirt srinivas stalin stalker stallion stanislav star starbuck starcraf starcraft stardust starfire starfish
stargate starligh starman starship starter startrek starwar starwars stasik static stealth steaua steeler steelers
stefano steffi stepan steph stephani stereo sterlin sterva sticks sticky stiffy stigmata stimpy sting stinger stingray
stinker stinky stocking stocks stonecol stonecold stoned stones stoney storm stormy stranger strap stratfor stratus
strawber strawberry strider strike striker stripper stroker stryker stubby stud studly studman stumpy stunner stupid
stylus suan subaru sublime submit subway subzero success suck suckdick sucker suckers suckit suckme suckmydick sucks
sugar sultan summer summit sundance sunday sundevil sunfire sunflowe sunflower sunnyday sunrise sunset sunshin
sunshine super superb superfly superma superman supernov supersta superstar surf surfer surfing survivor sushi suslik
suzuki sveta svetik svetlana svoboda swallow sweetnes sweetness sweetpea sweets sweety swimmer swimming swinger
swingers swinging sword swordfis swordfish swords sydney sylveste syncmaster synergy syracuse syzygy tabasco taco
tacobell tacoma taekwondo talisman talon tango tanker tardis target tarheel tarheels tarzan tasty tatarin tattoo
tatyana taurus taxman tazman tazmania tbone tdutybq tdutybz teacher technics techno teddybea teddybear teen teens
tekken telefon telephon temp tempest templar temppass tenchi teng tennis tequila terefon terminat terminator terrapin
terror test tester testing testpass thailand thanatos thankyou theboss thecat thecrow thecure thedog thedon thedoors
thedude theend theforce thegame thegreat thekid theking theman theone therock thesims thewho thirteen thisisit thoma
thong thongs thor threesom thuglife thumbs thumper thunder thunderb tian tiao tiberius tiburon tickle tiger tigers
tigge tigger tights timber timeout timosha ting tinker tinkerbe tinkerbell tinman tintin tipper titan titanic titanium
titans titleist tits titten titties titty tkbpfdtnf toaster toejam toffee tokiohotel tolkien tomahawk tomato tomcat
tommyboy toocool toolbox toolman toon toonarmy tootie tootsie topcat topdog topgun tophat topher topper toriamos
torino tornado toronto toshiba tosser tottenha tottenham toyota tracer tracker tractor trader trainer trance tranny
transam translator trapper travel traveler treasure trebor trfnthbyf triangle tricky trident trigger trinitro trinity
tripleh tripod tripper triton triumph trixie trojan trojans troll trombone trooper trouble truck trucker trucking
trucks truelove trumpet trunks tsunami tuesday tulips tunafish tundra tuning tupac turbo turkey turnip turtle tweety
twiggy twilight twinkie twinkle twisted twister tycoon typhoon ufkbyf ultima ultimate ultra umbrella umpire undead
underdog undertak undertaker unicorn universa unreal upyours uranus usarmy username usmc usnavy utopia vacation vader
vadim vagabond vagina valentin valentina valera valhalla valkyrie vampir vampire vancouve vanguard vanhalen vanilla
varvara vasilisa vauxhall vbkfirf vector vectra vedder vegeta vehpbr velvet vendetta venera verbatim veritas verizon
vermont veronika versace vertigo vette vfczyz vfhbyf vfhecz vfhufhbnf vfibyf vfitymrf vfksirf vfntvfnbrf vfrcbv
vfrcbvrf vfvekz vfvfgfgf vfvjxrf viagra victory viewsoni viewsonic viking vikings viktor viktoria viktoriya vintage
violetta violin viper vipergts vipers virgin visa vision vitalik vitamin vjcrdf vjkjrj vjqgfhjkm vkontakte vlad vladik
vladimir vladislav volcom volkov volkswag volley volvo voodoo vortex voyager voyeur vqsablpzla vsegda vulcan waffle
walleye walmart walnut walrus wanderer wanker wanking wapbbs warcraft wareagle warez warhamme warhammer warlock
warlord warrior warriors warthog wasabi washingt wasser wassup watcher waterboy waterloo watford weasel webhompas
webmaste webmaster weed weezer welcom welcome welder weng werder werewolf westham westside westwood wetpussy whatever
whatsup wheels whiskers whiskey whisky whisper whistler whiteboy whiteout whitesox whitey whocares whore whynot wibble
wicked widget wifey wildbill wildcard wildcat wildcats wildfire wildman wildone wildwood willow windmill windows
windsor windsurf wingman wingnut winner winston winter wisdom wiseguy wishbone wizard wizards wolfen wolfgang wolfie
wolfman wolfpac wolfpack wolverin wolverine wolves wombat woodie woodland woodstoc woody woofer woofwoof woohoo wookie
wordpass wormix wraith wrangler wrench wrestle wrestlin wutang wxcvbn xanadu xavier xerxes xfiles xiang xing xtreme
xxxpass yamaha yankee yankees ybrbnf ybrjkfq yeahbaby yellow yessir yfcntymrf yfnfif yfnfkb yfnfkmz yjdsqgfhjkm yoda
yogibear yomama yosemite yourmom yousuck yoyoma ytrewq yugioh yummy yzerman zalupa zang zanzibar zaphod zappa zaqwsx
zaqwsxcde zaqxsw zaqxswcde zaraza zarina zasada zebra zeng zenith zephyr zeppelin zerocool zeus zhai zhao zhei zheng
zhjckfd zhong zhou zhuai zhuang zhui zhun zhuo zidane ziggy zigzag zildjian zipper zippo zippy zodiac zoloto zombie
zong zorro zuan zvezda zxasqw zxcasd zxcasdqwe zxcvbn zxcvbnm zzzxxx
`);
