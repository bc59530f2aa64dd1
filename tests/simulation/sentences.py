"""What the simulated customer says: plain sentences, few for each purpose, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from jieda.policy import Category, Language


@dataclass(frozen=True)
class Sentences:
    """One language's sentences. A `{…}` stands for what the customer gives."""

    matters: dict[Category, tuple[str, ...]]
    """A first message that tells the matter, and no detail of it."""
    with_wish: str
    """A matter and the wish for a case in one."""
    wishes: tuple[str, ...]
    summaries: dict[Category, tuple[str, ...]]
    changes: dict[Category, tuple[str, ...]]
    """It is about something else, told in full."""
    second_matters: dict[Category, tuple[str, ...]]
    digressions: tuple[str, ...]
    thanks: tuple[str, ...]
    greetings: tuple[str, ...]
    whys: tuple[str, ...]
    relents: tuple[str, ...]
    status: tuple[str, ...]
    """Asks how the case stands."""
    add: tuple[str, ...]
    notes: tuple[str, ...]
    close: tuple[str, ...]
    cancels: tuple[str, ...]
    person: tuple[str, ...]
    refusals: dict[str, tuple[str, ...]]
    """By the contact detail."""
    corrections: dict[str, tuple[str, ...]]
    """By the detail that was wrong."""
    together: dict[frozenset[str], tuple[str, ...]]
    """Two details in one message, by the details."""
    all_at_once: tuple[str, ...]
    early: dict[str, tuple[str, ...]]
    """By the contact detail."""
    categories: dict[Category, str]
    """This and what follows: as the buttons have it."""
    several_apps: str
    critical: str
    non_critical: str
    hard_to_say: str
    nobody: str
    some: str
    most: str
    few: str
    way_around: str
    no_way_around: str
    unknown: str
    agree: str
    disagree: str
    submit: str
    wrong: str
    open_case: str
    no_thanks: str
    close_it: str
    leave_it: str
    to_a_person: str
    stop: str


SENTENCES = {
    Language.ZH: Sentences(
        matters={
            Category.PRESALES: ("想了解一下你们各个版本的区别和价格", "我们想先买几个许可证，怎么收费？"),
            Category.BILLING: ("这个月的扣款比上个月多，我看不懂账单", "账单里有一笔费用我看不明白"),
            Category.TECHNICAL: ("报表从今天早上开始一直报错打不开", "工单详情页点保存就报错，提示出现意外错误"),
            Category.PREMIER: ("我们有 Premier 支持计划，想联系支持团队", "Premier 支持有什么好处，能介绍一下吗？"),
        },
        with_wish="{matter}，请帮我提交服务请求",
        wishes=("我要提交服务请求", "帮我开个工单"),
        summaries={
            Category.PRESALES: ("想先买二十个用户的许可，希望有人介绍一下价格",),
            Category.BILLING: ("三月份的账单比合同多收了两千块", "二月的发票金额和订阅的数量对不上"),
            Category.TECHNICAL: (
                "从昨天下午开始，保存记录时一直转圈，最后提示超时",
                "上周三更新之后，列表里少了一半的记录，怎么刷新都不出来",
            ),
            Category.PREMIER: ("服务交付经理上周起联系不上，有一份报告要他确认",),
        },
        changes={
            Category.BILLING: ("其实是账单的问题，这个月的账单多扣了一笔钱",),
            Category.TECHNICAL: ("其实是技术问题，报表从昨天开始打不开，一直报错",),
        },
        second_matters={
            Category.BILLING: ("还有一个问题，这个月的账单多扣了一笔钱",),
            Category.TECHNICAL: ("还有一个问题，报表一直报错打不开",),
        },
        digressions=(
            "你们几点下班？",
            "你们的技术支持电话是多少？",
            "技术支持的门户网址是什么？",
            "一般多久会有人回复我？",
        ),
        thanks=("谢谢", "好的，谢谢你"),
        greetings=("你好", "您好"),
        whys=("你先告诉我你们要这些干什么", "你们为什么要这些信息？"),
        relents=("那好吧，同意", "好吧，我同意"),
        status=("我的服务请求怎么样了？", "我的工单现在什么进度？"),
        add=("我要补充服务请求", "我想给工单补充一点信息"),
        notes=("错误代码是 0x80040265，清了缓存也没用", "昨天晚上又出现了两次，换了浏览器还是一样"),
        close=("请关闭我的服务请求", "把我的工单关掉吧"),
        cancels=("算了，先不弄了", "算了，不填了"),
        person=("转人工", "我要找真人客服"),
        refusals={
            "contact_phone": ("不想留电话", "电话就不留了"),
            "contact_email": ("不想留邮箱", "邮箱就不留了"),
        },
        corrections={
            "contact_name": ("名字写错了，是{contact_name}", "姓名不对，应该是{contact_name}"),
            "company": ("公司写错了，是{company}", "公司名称不对，应该是{company}"),
            "contact_phone": ("电话写错了，是{contact_phone}", "手机号不对，应该是{contact_phone}"),
            "contact_email": ("邮箱写错了，是{contact_email}", "邮箱不对，应该是{contact_email}"),
        },
        together={
            frozenset({"contact_name", "company"}): ("我叫{contact_name}，公司是{company}",),
            frozenset({"contact_name", "contact_phone"}): (
                "{contact_name}，{contact_phone}",
                "我叫{contact_name}，电话{contact_phone}",
            ),
            frozenset({"contact_phone", "contact_email"}): (
                "{contact_phone}，{contact_email}",
                "电话{contact_phone}，邮箱{contact_email}",
            ),
        },
        all_at_once=(
            "{contact_name}，{company}，{contact_phone}，{contact_email}",
            "{contact_name} {company} {contact_phone} {contact_email}",
            "我叫{contact_name}，公司是{company}，电话{contact_phone}，邮箱{contact_email}",
        ),
        early={
            "contact_phone": ("我的电话是{contact_phone}",),
            "contact_email": ("我的邮箱是{contact_email}",),
        },
        categories={
            Category.PRESALES: "购买前咨询",
            Category.BILLING: "账单与订阅",
            Category.TECHNICAL: "技术问题",
            Category.PREMIER: "Premier 支持",
        },
        several_apps="不确定或多个应用",
        critical="严重",
        non_critical="非严重",
        hard_to_say="说不准",
        nobody="没有人能",
        some="有人能",
        most="大多数人",
        few="少数人",
        way_around="能",
        no_way_around="不能，只能等",
        unknown="不清楚",
        agree="同意",
        disagree="不同意",
        submit="没问题，提交",
        wrong="要修改",
        open_case="提交服务请求",
        no_thanks="不用了",
        close_it="确定关闭",
        leave_it="先不关",
        to_a_person="转人工",
        stop="先不提交",
    ),
    Language.EN: Sentences(
        matters={
            Category.PRESALES: (
                "Which plan is right for a small sales team, and what does it cost?",
                "We are thinking of buying; how much is it per user per month?",
            ),
            Category.BILLING: (
                "I don't understand the charges on my bill",
                "There is a charge on our invoice that I don't understand",
            ),
            Category.TECHNICAL: (
                "Our reports show an error message and won't open since this morning",
                "Saving a record fails with an unexpected error",
            ),
            Category.PREMIER: (
                "We have a Premier support plan and want to contact the support team",
                "What are the benefits of Premier support?",
            ),
        },
        with_wish="{matter}. Please open a service request for me",
        wishes=("Please open a service request", "I want to open a support ticket"),
        summaries={
            Category.PRESALES: ("We would like an offer for twenty users before the summer",),
            Category.BILLING: (
                "The invoice for March is higher than the contract says",
                "We were charged for two licenses that we removed in January",
            ),
            Category.TECHNICAL: (
                "Since yesterday afternoon saving a record takes forever and then times out",
                "After the update last Wednesday half of the records are missing from the list",
            ),
            Category.PREMIER: ("Our service delivery manager has not answered since last week",),
        },
        changes={
            Category.BILLING: ("Actually it's about the bill, we were charged twice for the same month",),
            Category.TECHNICAL: ("Actually it's a technical problem, the reports show an error and won't open",),
        },
        second_matters={
            Category.BILLING: ("I have another problem: we were charged twice on this month's bill",),
            Category.TECHNICAL: ("I have another problem: the reports show an error message and won't open",),
        },
        digressions=(
            "By the way, what are your opening hours?",
            "What is the phone number of technical support?",
            "What is the address of the support portal?",
            "How long does it usually take until I get a response?",
        ),
        thanks=("Thank you", "Thanks a lot"),
        greetings=("Hello", "Hi there"),
        whys=("Why do you need that?", "What do you do with that data?"),
        relents=("OK then, I agree", "All right, I agree"),
        status=("What is the status of my service request?", "How is my ticket doing?"),
        add=("I want to add something to my service request", "I'd like to add a note to my ticket"),
        notes=(
            "The error code is 0x80040265, and clearing the cache did not help",
            "It happened twice again last night, in another browser as well",
        ),
        close=("Please close my service request", "You can close my ticket now"),
        cancels=("Never mind, cancel it", "Forget it, I don't want to continue"),
        person=("Let me talk to a human being", "I want to speak to a real person"),
        refusals={
            "contact_phone": ("I'd rather not give my phone number", "I don't want to give a phone number"),
            "contact_email": ("I'd rather not give my e-mail", "I don't want to give an e-mail address"),
        },
        corrections={
            "contact_name": ("No, my name is {contact_name}", "Sorry, my name is actually {contact_name}"),
            "company": ("No, the company is {company}", "Sorry, the company is wrong, the company is {company}"),
            "contact_phone": ("The phone number is wrong, it's {contact_phone}", "No, my phone is {contact_phone}"),
            "contact_email": ("The e-mail is wrong, it's {contact_email}", "No, my e-mail is {contact_email}"),
        },
        together={
            frozenset({"contact_name", "company"}): (
                "I'm {contact_name} from {company}",
                "My name is {contact_name}, the company is {company}",
            ),
            frozenset({"contact_name", "contact_phone"}): (
                "{contact_name}, {contact_phone}",
                "My name is {contact_name} and my phone number is {contact_phone}",
            ),
            frozenset({"contact_phone", "contact_email"}): (
                "{contact_phone}, {contact_email}",
                "My phone is {contact_phone} and my e-mail is {contact_email}",
            ),
        },
        all_at_once=(
            "{contact_name} from {company}, {contact_phone}, {contact_email}",
            "{contact_name}, {company}, {contact_phone}, {contact_email}",
            "My name is {contact_name}, the company is {company}, phone {contact_phone}, e-mail {contact_email}",
        ),
        early={
            "contact_phone": ("My phone number is {contact_phone}",),
            "contact_email": ("My e-mail address is {contact_email}",),
        },
        categories={
            Category.PRESALES: "Before buying",
            Category.BILLING: "Billing and subscription",
            Category.TECHNICAL: "Technical problem",
            Category.PREMIER: "Premier support",
        },
        several_apps="Not sure, or several",
        critical="Critical",
        non_critical="Non-critical",
        hard_to_say="Hard to say",
        nobody="Nobody",
        some="Some are",
        most="Most people",
        few="A few",
        way_around="Yes",
        no_way_around="No, they have to wait",
        unknown="I don't know",
        agree="I agree",
        disagree="I don't agree",
        submit="Correct, submit",
        wrong="Something is wrong",
        open_case="Open a service request",
        no_thanks="No, thanks",
        close_it="Yes, close it",
        leave_it="Leave it open",
        to_a_person="Talk to a person",
        stop="Don't submit",
    ),
}

INVALID = {
    "support_category": ("🍎", "%%%"),
    "affected_app": ("🍎", "%%%"),
    "severity": ("🍎", "%%%"),
    "privacy_consent": ("🍎", "%%%"),
    "case_confirmed": ("🍎", "%%%"),
    "issue_summary": ("?", "!!"),
    "contact_name": ("😀😀", "12345", "长" * 5_000, "x" * 5_000),
    "company": ("😀", "4711", "长" * 5_000, "x" * 5_000),
    "contact_phone": ("📱📱", "1380013", "1380013800013800138000"),
    "contact_email": ("😀", "someone at example", "someone@", "@example.com"),
}
"""Answers that no one could take."""
