"""What one desk calls things and nobody told the corpus: texts that share nothing but a local programme's name."""

from __future__ import annotations

SAID = """
¿Quién firma el acta del wawakuna?
el wawakuna de este año no camina, qué hacemos
Llegó un oficio sobre wawakuna y piden responder mañana
Vinieron del wawakuna a pedir local
Nos observaron el informe wawakuna por falta de firmas
lista nueva para wawakuna o sirve la del año pasado
En la zona alta nadie conoce el wawakuna
La señora encargada del wawakuna renunció
se puede juntar wawakuna con otra actividad del mes
Wawakuna: cambió el formato y no lo encontramos
Cuántas veces se visita por wawakuna
Desde Lima llamaron por wawakuna, ¿qué se les informa?
el regidor quiere ver los papeles de wawakuna
perdimos el cuaderno del wawakuna con la lluvia
¿Tiene manual el wawakuna?
Hay dos comunidades peleadas por wawakuna
Wawakuna no aparece en el portal
quien reemplaza al responsable de wawakuna en vacaciones
Un vecino se queja de que no entró al wawakuna
El plazo de wawakuna venció ayer, ¿hay prórroga?
mandaron polos del wawakuna sin guía
¿El wawakuna sigue el 2027 o se acaba?
falta movilidad para ir a lo del wawakuna
Nuestro distrito salió último en wawakuna
cambiaron al coordinador de wawakuna tres veces
¿Dónde se guarda lo del wawakuna?
Sobre wawakuna, la contraparte no contesta el teléfono
me dicen que wawakuna ahora es por sistema
No hay señal para llenar el wawakuna en campo
Apoyo con wawakuna porfa, soy nueva
wawakuna: dos nombres repetidos, cuál borro
Se nos pasó la reunión de wawakuna
El alcalde entrante pregunta qué es wawakuna
¿Conviene adelantar wawakuna antes de las lluvias?
la posta no quiere compartir datos para wawakuna
Wawakuna y el colegio chocan de horario
tres anexos quedaron fuera de wawakuna por error
¿Con qué se acredita lo hecho en wawakuna?
Ya terminó wawakuna y sobraron cuadernos
La capacitación de wawakuna es virtual o presencial
ojalá aclaren lo de wawakuna de una vez
Nadie quiere hacerse cargo del wawakuna
Tenemos wawakuna y no sabemos por dónde empezar
Hay que rendir wawakuna o no
""".strip().splitlines()
