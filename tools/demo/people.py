"""The people of the demo: a small furniture workshop, its customers and suppliers. All of them are invented."""
from dataclasses import dataclass

DOMAIN = "postroom.test"
PASSWORD_ENDING = "-demo"  # long enough for Postroom too, so that each person has one password for everything


@dataclass(frozen=True)
class Person:
    name: str
    address: str
    language: str
    signature: str
    woman: bool
    zone: int = 3  # hours east of Greenwich, for the Date field

    @property
    def is_team(self):
        return self.address.endswith("@" + DOMAIN)


PEOPLE = {
    "anna": Person("Анна Орлова", f"anna@{DOMAIN}", "ru", "Анна Орлова\nмастерская «Полка»\n+7 495 000-00-11", True),
    "boris": Person("Борис Петров", f"boris@{DOMAIN}", "ru", "Борис Петров, начальник мастерской", False),
    "clara": Person("Clara Weber", f"clara@{DOMAIN}", "en", "Clara Weber\nPolka Workshop, Hamburg\n+49 40 000 00 12", True, 1),
    "olga": Person("Ольга Синицына", "o.sinitsyna@library7.example", "ru", "С уважением,\nОльга Синицына, библиотека № 7", True),
    "pavel": Person("Павел Громов", "gromov@severles.example", "ru", "Павел Громов\n«Северлес», отдел продаж", False),
    "marina": Person("Марина Ким", "marina@teplo-coffee.example", "ru", "Марина, кофейня «Тепло»", True),
    "nadia": Person("Надежда Волкова", "n.volkova@pochta.example", "ru", "", True),
    "dmitry": Person("Дмитрий Седов", "sedov@dostavim.example", "ru", "Дмитрий Седов\n«Доставим», претензии и качество", False),
    "elena": Person("Елена Руденко", "elena@rudenko-arch.example", "ru", "Елена Руденко, архитектор", True),
    "alexey": Person("Алексей Мороз", "a.moroz@pochta.example", "ru", "Алексей Мороз", False),
    "igor": Person("Игорь Латышев", "latyshev@balans.example", "ru", "Игорь Латышев\nбухгалтерия «Баланс»", False),
    "james": Person("James Whitfield", "j.whitfield@oakline.example", "en", "James Whitfield\nOakline Hotels, Projects", False, 0),
    "marco": Person("Marco Bellini", "m.bellini@fiera.example", "en", "Marco Bellini\nExhibitor service", False, 1),
    "tom": Person("Tom Becker", "tom@pixelhafen.example", "en", "Tom · Pixelhafen", False, 1),
    "emma": Person("Emma Clarke", "emma.clarke@northcustoms.example", "en", "Emma Clarke, North Customs", True, 0),
    "sofia": Person("Sofia Lindqvist", "sofia@nordicliving.example", "en", "Sofia Lindqvist\nNordic Living", True, 1),
    "yuki": Person("田中由紀 (Yuki Tanaka)", "tanaka@komorebi.example", "en", "", True, 9),
    "shop": Person("Магазин «Полка»", "orders@shop.polka.example", "ru", "", False),
    "bank": Person("Банк «Первоцвет»", "statement@pervotsvet.example", "ru", "", False),
    "courier": Person("Доставим", "track@dostavim.example", "ru", "", False),
    "woodweek": Person("Wood Week", "letter@woodweek.example", "en", "", False, 0),
    "masters": Person("Журнал «Столярка»", "journal@stolyarka.example", "ru", "", False),
    "calendar": Person("Calendar", "calendar@polka.example", "en", "", False, 1),
    "prize": Person("Lottery Comission", "winner@lucky-prize.example", "en", "", False, 0),
}
TEAM = ["anna", "boris", "clara"]
