"""General English that no adapter here is trained on: how far a model has moved is measured on it. Written for this."""

ANCHOR = (
    "The ferry leaves the northern harbour every morning at seven, and in winter it carries more parcels than people.",
    "When water freezes it expands, which is why a full bottle left outside in January may crack before dawn.",
    "She opened the letter slowly, as if the paper itself could change what had been written on it.",
    "A good carpenter measures twice, cuts once, and keeps the offcuts for the day when the measurement was wrong.",
    "The committee agreed on the budget but not on the date, so the bridge will be painted first and opened later.",
    "Bread needs flour, water, salt and time; most recipes are honest about the first three and hopeful about the last.",
    "In 1911 the village had forty houses, two wells and a school with a roof that leaked on the third row of desks.",
    "If the door will not open, lift the handle, push with your shoulder, and blame the weather.",
    "Economists call it a shortage; the baker's customers, who queue from six o'clock, call it Tuesday.",
    "The moon is moving away from the earth by almost four centimetres a year, about as fast as fingernails grow.",
    "He had promised to be brief, and the audience, remembering last year, had brought sandwiches.",
    "To find the area of a triangle, multiply the base by the height and take half of the result.",
    "Old maps show a river here, though nobody alive has seen more of it than a line of greener grass.",
    "The violin was made in a workshop that also sold chairs, and both were said to improve with use.",
    "Doctors advise a short walk after meals; dogs have advised the same for much longer.",
    "Nothing in the contract prevented the company from selling the lighthouse, except that it did not own it.",
)
