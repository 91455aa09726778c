"""Mail that nobody wrote by hand: shop orders, statements, newsletters, reminders and some junk, over the last year."""
import html
from datetime import timedelta

from . import attachments
from .letters import Letter
from .people import PEOPLE, TEAM

GOODS = [("Табурет «Шесть»", 9800), ("Полка «Ветка»", 6400), ("Стол «Общий», дуб", 128000), ("Комод «Фьорд»", 74000),
         ("Вешалка «Лось»", 5200), ("Стеллаж «Библиотека»", 56000), ("Скамья в прихожую", 23500)]
BUYERS = ["Мария Соколова", "Кирилл Ефимов", "Светлана Ю.", "Артём Белый", "Галина Петровна", "Ж. Ахметов", "Вера и Олег"]
TOWNS = ["Казань", "Тверь", "Санкт-Петербург", "Екатеринбург", "Калуга", "Новосибирск"]
WOODWEEK = ["What ash trees remember", "A bench for two strangers", "Glue, and when not to", "Steam bending without steam",
            "The quietest saw in Denmark", "Repairing what was never broken", "Five finishes, one winter"]
MASTERS = ["Ласточкин хвост за сорок минут", "Как выбрать первый рубанок", "Сушим доску дома: опыт читателя", "Чем пахнет лиственница",
           "Верстак из того, что есть", "Реставрация венского стула"]
JUNK = [("You have WON 850,000 GBP", "Dear winner,\n\nyour address was drawn in our international promotion. To release the fund send us your full name and bank."),
        ("Re: your invoice is overdue!!!", "Open the attached document immediately or legal steps follow within 24 hours."),
        ("Увеличим продажи в 10 раз", "Здравствуйте! База 2 000 000 адресов мебельщиков, только сегодня скидка 90 %."),
        ("Mailbox storage full, verify now", "Your mailbox will be closed. Click here to keep your password.")]


def all_of(now):
    yield from orders(now)
    yield from statements(now)
    yield from deliveries(now)
    yield from newsletters(now)
    yield from reminders(now)
    yield from junk(now)


def orders(now):
    for number in range(64):
        (goods, price), buyer, town = GOODS[number * 5 % 7], BUYERS[number * 3 % 7], TOWNS[number * 7 % 6]
        count = 1 + number % 3
        total = f"{price * count:,}".replace(",", "\u00a0")
        text = f"Новый заказ № {4310 - number}\n\n{goods} — {count} шт.\nИтого: {total} ₽\n\nПокупатель: {buyer}, {town}\nОплачен картой."
        rows = "".join(f"<tr><td style='padding:4px 24px 4px 0;color:#777'>{key}</td><td>{value}</td></tr>" for key, value in [
            ("Товар", f"{goods} — {count} шт."), ("Итого", f"<b>{total} ₽</b>"), ("Покупатель", buyer), ("Город", town)])
        yield Letter(
            PEOPLE["shop"], [PEOPLE["anna"]], f"Заказ № {4310 - number}: {goods}", text, now - timedelta(days=0.3 + number * 5.6, minutes=number * 37 % 300),
            cc=[PEOPLE["boris"]] if number % 4 == 0 else [], folder=None if number < 6 else "Заказы", unread=number < 2,
            html=page("Новый заказ", f"<table>{rows}</table>", "shop"), pictures={"shop": attachments.logo((196, 142, 84))})


def statements(now):
    for month in range(12):
        when = now - timedelta(days=4 + month * 30.4)
        yield Letter(
            PEOPLE["bank"], [PEOPLE["anna"]], f"Выписка за {when:%m.%Y}", "Добрый день!\n\nВыписка по счёту мастерской во вложении. Письмо создано автоматически.",
            when, files=[f"Выписка {when:%Y-%m}.pdf"], folder=None if month == 0 else "Бухгалтерия")


def deliveries(now):
    for number in range(36):
        town = TOWNS[number % 6]
        state = "доставлен" if number > 1 else "в пути"
        yield Letter(
            PEOPLE["courier"], [PEOPLE["boris"]], f"Груз {55380 - number}: {state}, {town}",
            f"Груз № {55380 - number} ({town}) {state}.\nМест: {1 + number % 4}, вес {12 + number * 7 % 60} кг.",
            now - timedelta(days=1 + number * 9.3), folder=None if number < 4 else "Доставка", unread=number == 0)


def newsletters(now):
    for number in range(26):
        title = WOODWEEK[number % len(WOODWEEK)]
        story = "This week: a visit to a workshop that has no door, a reader's question about end grain, and three tools that are worth the wait."
        for name in ("clara", "anna") if number % 2 else ("clara",):
            yield Letter(
                PEOPLE["woodweek"], [PEOPLE[name]], f"Wood Week {160 - number}: {title}", f"{title}\n\n{story}\n\nhttps://woodweek.example/{160 - number}",
                now - timedelta(days=1.2 + number * 14), list_id="woodweek.example", unread=number == 0,
                html=page(title, f"<img src='cid:cover' width='360' height='220' alt=''><p>{story}</p>"
                          f"<p><a href='https://woodweek.example/{160 - number}'>Read it in the browser</a></p>"
                          "<img src='https://woodweek.example/open.png' width='1' height='1' alt=''>", "woodweek"),
                pictures={"woodweek": attachments.logo((96, 150, 110)), "cover": attachments.picture(title)})
    for number in range(18):
        title = MASTERS[number % len(MASTERS)]
        yield Letter(
            PEOPLE["masters"], [PEOPLE["boris"]], title, f"{title}\n\nНовый номер журнала «Столярка» уже на сайте. Внутри: чертежи, письма читателей и конкурс табуретов.",
            now - timedelta(days=2.5 + number * 20), list_id="stolyarka.example", unread=number == 0,
            html=page(title, "<p>Новый номер журнала «Столярка» уже на сайте.</p><img src='https://stolyarka.example/cover.jpg' width='480' alt='Обложка'>", "masters"),
            pictures={"masters": attachments.logo((150, 90, 70))})


def reminders(now):
    last_monday = now - timedelta(days=now.weekday() or 7)
    for week in range(20):
        monday = last_monday - timedelta(weeks=week)
        yield Letter(
            PEOPLE["calendar"], [PEOPLE[name] for name in TEAM], f"Reminder: Monday round, {monday:%-d %B}",
            f"Monday round, {monday:%-d %B}, 9:30–10:00\nOrders of the week, wood, who needs hands.",
            monday.replace(hour=6, minute=0), folder=None if week < 2 else "Archive", files=["Monday round.ics"] if week == 0 else [])


def junk(now):
    for number, (subject, text) in enumerate(JUNK):
        for offset, name in enumerate(TEAM):
            yield Letter(
                PEOPLE["prize"], [PEOPLE[name]], subject, text, now - timedelta(days=2 + number * 8 + offset), folder="Junk", unread=True,
                html=f"<html><body><p>{html.escape(text)}</p><img src='https://lucky-prize.example/track.gif'></body></html>")


def page(title, content, picture):
    return (
        "<html><body style='background:#f4f1ea;margin:0;padding:24px;font-family:sans-serif;color:#2c343c'>"
        "<div style='max-width:560px;margin:auto;background:#fff;padding:24px;border-radius:8px'>"
        f"<img src='cid:{picture}' width='48' height='48' alt=''><h2 style='margin:12px 0'>{title}</h2>{content}</div></body></html>")
