"""The demo: a believable shared-service desk with twelve weeks of mail, made up but read by the real program."""

from core.demo.desk import DemoDesk, generate
from core.demo.mail import DemoMail, Truth

__all__ = ["DemoDesk", "DemoMail", "Truth", "generate"]
