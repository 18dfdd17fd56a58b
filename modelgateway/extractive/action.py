"""What to do next, from a fixed table: the first matter that complaints speak of, else a sentence by sentiment."""

import re
from collections.abc import Sequence

from modelgateway.extractive.sentiment import Sentiment

_BY_MATTER: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), action)
    for words, action in (
        (
            r"smok\w*|burn\w*|overheat\w*|fire|shock\w*|danger\w*|unsafe",
            "Check the complaints about safety first and stop sales if they hold.",
        ),
        (
            r"broke\w*|break\w*|crack\w*|snap\w*|fell apart|stopped working|died|dead|defect\w*|leak\w*",
            "Look into durability: find the part that fails and when.",
        ),
        (r"batter\w+|charg\w+", "Look into battery life and charging."),
        (r"bluetooth|app|connect\w*|pair\w*|firmware|software|wifi|wi-fi", "Look into the connection and the software."),
        (r"sound|noise|loud|microphone|mic|hiss\w*|rattl\w*", "Look into sound and noise."),
        (r"comfort\w*|uncomfortable|fit|fits|tight|heavy|hurt\w*|size", "Look into fit and comfort."),
        (r"deliver\w*|shipp\w*|packag\w*|arrived|late", "Look into delivery and packaging."),
        (r"support|service|refund\w*|warranty|return\w*", "Look into how customer service answers."),
        (r"instructions?|manual|assembl\w*|setup", "Improve the instructions."),
        (r"price|expensive|overpriced|money|cost\w*", "Compare the price with what it buys elsewhere."),
    )
)
_BY_SENTIMENT = {
    Sentiment.POSITIVE: "Keep the quality and show the praised strengths in the product description.",
    Sentiment.NEGATIVE: "Read the quoted complaints and find their common cause.",
    Sentiment.MIXED: "Keep the praised strengths and mend what the quoted complaints name.",
    Sentiment.NEUTRAL: "Collect more feedback before acting.",
}


def recommend(sentiment: Sentiment, complaints: Sequence[str]) -> str:
    """One action. Earlier rows of the table win, so that safety comes before comfort."""
    text = "\n".join(complaints)
    return next((action for matter, action in _BY_MATTER if matter.search(text)), _BY_SENTIMENT[sentiment])
