"""The words on the screens, as readers of the product's description know them."""

RUSSIAN = {
    "Email": "Почта",
    "New email account": "Новая учётная запись",
    "Go to mailbox settings": "Перейти к настройке почтовых ящиков",
    "New account": "Новая учётная запись",
    "Email address": "Адрес электронной почты",
    "Next": "Далее",
    "Add provider": "Добавить провайдер",
    "Add": "Добавить",
    "Add service": "Добавить сервис",
    "Service type": "Тип почтового сервиса",
    "Inbound mail server (IMAP)": "Сервер входящей почты (IMAP)",
    "Outgoing mail server (SMTP)": "Сервер исходящей почты (SMTP)",
    "Server address": "Адрес сервера",
    "Port": "Порт",
    "Security": "Безопасность",
    "None": "Нет",
    "Additional settings": "Дополнительные настройки",
    "Provider name": "Название провайдера",
    "Login format": "Формат логина",
    "Use manual entry": "Формировать имя вручную",
    "Use email address": "Использовать email",
    "Use mailbox name": "Использовать имя почтового ящика",
    "Authentication method": "Метод аутентификации",
    "Apply": "Применить",
    "Cancel": "Отмена",
    "Profile": "Профиль",
    "Email accounts": "Учётные записи почты",
    "Save": "Сохранить",
    "User name": "Имя пользователя",
    "Password": "Пароль",
    "Sign in": "Войти",
    "Email menu": "Меню почты",
    "Providers": "Провайдеры",
    "Domains": "Домены",
    "Delete": "Удалить",
    "Login": "Логин",
    "Connect": "Подключить",
    "Receiving (IMAP)": "Получение (IMAP)",
    "Sending (SMTP)": "Отправка (SMTP)",
    "Done": "Готово",
    "Write": "Написать",
    "To": "Кому",
    "Subject": "Тема",
    "Text": "Текст",
    "Send": "Отправить",
}


class Words:
    def __init__(self, language):
        self.language = language

    def __call__(self, english):
        return english if self.language == "en" else RUSSIAN[english]
