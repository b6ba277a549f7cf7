# ruff: noqa: RUF001 - names in their own scripts look like others
"""Invented people of many countries, languages and scripts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """Where people live and what they are called there."""

    country: str
    state: str
    city: str
    postal_code: str
    street: str
    firsts: tuple[str, ...]
    lasts: tuple[str, ...]
    companies: tuple[str, ...]


REGIONS = (
    Region("United States", "CA", "San José", "95113", "200 Park Ave,\nSuite 4",
           ("Olivia", "Noah", "D'Andre", "Mary-Jane"), ("Smith", "O'Brien", "Van der Berg", "Lee"),
           ("Globex, Inc.", 'Initech "West" LLC', "Umbrella & Sons")),
    Region("Germany", "Bayern", "München", "80331", "Sendlinger Straße 12",
           ("Jürgen", "Anneliese", "Björn", "Käthe"), ("Müller", "Groß", "Schäfer", "Weiß"),
           ("Müller & Söhne GmbH", "Straßenbau Süd AG", "Übersee Handel KG")),
    Region("France", "Île-de-France", "Paris", "75005", "21 place Jussieu\nBâtiment B",
           ("Zoé", "François", "Anaïs", "Jérôme"), ("Lefèvre", "d'Orléans", "Noël", "Béranger"),
           ("Société Générale d'Exemple", "Café «Chez Zoé»", "Hôtel de l'Étoile")),
    Region("Spain", "Cataluña", "Barcelona", "08002", "Carrer d'Avinyó, 7",
           ("José", "Núria", "Íñigo", "Begoña"), ("Muñoz", "Ibáñez Núñez", "Peña", "García"),
           ("Piñata y Cía, S.A.", "Año Nuevo Eventos")),
    Region("Poland", "Mazowieckie", "Łódź", "90-001", "ul. Piotrkowska 5",
           ("Łukasz", "Żaneta", "Święta", "Grzegorz"), ("Wójcik", "Dąbrowska", "Żółć", "Błażej"),
           ("Źródło Sp. z o.o.", "Kraków Węgiel")),
    Region("Türkiye", "İstanbul", "İstanbul", "34010", "Çiçek Sokağı No: 3",
           ("İbrahim", "Ayşe", "Çağla", "Oğuz"), ("Yıldız", "Şahin", "Öztürk", "Ilgaz"),
           ("Işık Tekstil A.Ş.", "Güneş Gıda")),
    Region("Greece", "Αττική", "Αθήνα", "105 57", "Οδός Ερμού 10",
           ("Γιώργος", "Ελένη", "Νίκος"), ("Παπαδόπουλος", "Σίσυφος", "Καζαντζάκη"),
           ("Ελληνικά Παραδείγματα ΑΕ", "Θάλασσα")),
    Region("Ukraine", "Київ", "Київ", "01001", "вул. Хрещатик, 1",
           ("Олександр", "Юлія", "Ґалина"), ("Шевченко", "Їжак", "Щербак"),
           ("ТОВ «Приклад»", "Євро-Дім")),
    Region("Israel", "", "תל אביב", "61000", "רחוב דיזנגוף 50",
           ("דוד", "נועה"), ("כהן", "לוי"), ("דוגמה בע״מ",)),
    Region("Egypt", "القاهرة", "القاهرة", "11511", "شارع التحرير، ١٢",
           ("محمد", "فاطمة"), ("الأحمد", "حسن"), ("شركة المثال",)),
    Region("India", "महाराष्ट्र", "मुंबई", "400001", "महात्मा गांधी रोड",
           ("प्रिया", "अर्जुन", "Lakshmi"), ("शर्मा", "पटेल", "Iyer"), ("उदाहरण प्राइवेट लिमिटेड",)),
    Region("Japan", "東京都", "千代田区", "100-0001", "千代田1-1\n例ビル3F",
           ("太郎", "花子", "ゆき"), ("山田", "佐藤", "髙橋"), ("株式会社サンプル", "例示商事㈱")),
    Region("China", "北京市", "北京", "100006", "王府井大街1号",
           ("伟", "芳"), ("王", "李", "欧阳"), ("示例有限公司",)),
    Region("South Korea", "서울특별시", "서울", "04524", "세종대로 110",
           ("민준", "서연"), ("김", "이", "박"), ("예시 주식회사",)),
    Region("Thailand", "กรุงเทพมหานคร", "กรุงเทพ", "10200", "ถนนข้าวสาร 9",
           ("สมชาย", "มาลี"), ("ใจดี", "แสงทอง"), ("บริษัท ตัวอย่าง จำกัด",)),
    Region("Iceland", "", "Reykjavík", "101", "Laugavegur 2",
           ("Þór", "Æsa", "Guðrún"), ("Jónsson", "Sigurðardóttir"), ("Dæmi ehf.", "Ís & Eldur 🌋")),
)  # fmt: skip

DESCRIPTIONS = (
    "Asked for a quote.\nCall back on Monday; prefers e-mail.",
    'Said: "we love it", then went quiet.',
    "Met at the fair, stand 12, hall B: very keen 😀🎉",
    "Naïve café façade, coöperation, résumé…",
    "Budget: 10,000; decision by Q4",
    "  ",
    "Line one\r\nLine two\r\n\r\nLine four",
    "There is \u2028, a line separator that a CSV reader must not split at \u2029",
)
TITLES = (
    "VP, Sales", 'Head of "Growth"', "Geschäftsführerin", "部長", "Directeur général",
    "Developer", "Procurement Lead", "CEO & Founder 🚀",
)  # fmt: skip
